package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image/jpeg"
	"image/png"
	"io"
)

// maxSide is the most pixels on one side of a picture, the limit of WebP (RFC 9649 §2.6): larger
// ones are made to exhaust who shows them.
const maxSide = 16_384

// errWebP says that the bytes are no WebP picture.
var errWebP = errors.New("malformed WebP")

// dimensions reads the header of a picture and returns its size in pixels.
func dimensions(r io.Reader, contentType string) (width, height int, err error) {
	switch contentType {
	case "image/jpeg":
		config, err := jpeg.DecodeConfig(r)
		return config.Width, config.Height, err
	case "image/png":
		config, err := png.DecodeConfig(r)
		return config.Width, config.Height, err
	case "image/webp":
		return webp(r)
	default:
		return 0, 0, fmt.Errorf("no picture of type %q", contentType)
	}
}

// webp reads the first chunk of a WebP file (RFC 9649 §2.4–2.7): lossy "VP8 ", lossless "VP8L" or
// the header "VP8X" of an extended file.
func webp(r io.Reader) (width, height int, err error) {
	const header = 12 + 8 + 10 // RIFF header, chunk header, the longest of the three beginnings
	b := make([]byte, header)
	if _, err := io.ReadFull(r, b); err != nil {
		return 0, 0, err
	}
	if string(b[:4]) != "RIFF" || string(b[8:12]) != "WEBP" {
		return 0, 0, errWebP
	}
	chunk, body := string(b[12:16]), b[20:]
	switch {
	case chunk == "VP8X":
		return 1 + int24(body[4:]), 1 + int24(body[7:]), nil
	case chunk == "VP8L" && body[0] == 0x2f: // RFC 9649 §3.4: two fields of 14 bits, each less one
		bits := binary.LittleEndian.Uint32(body[1:])
		return 1 + int(bits&0x3fff), 1 + int(bits>>14&0x3fff), nil
	case chunk == "VP8 " && bytes.Equal(body[3:6], []byte{0x9d, 0x01, 0x2a}): // RFC 6386 §9.1: a key frame
		w, h := binary.LittleEndian.Uint16(body[6:]), binary.LittleEndian.Uint16(body[8:])
		return int(w & 0x3fff), int(h & 0x3fff), nil
	default:
		return 0, 0, errWebP
	}
}

// int24 reads three bytes, the least significant first.
func int24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
