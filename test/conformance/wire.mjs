// A network between a client and Moa that can be cut: a TCP proxy that breaks its connections without
// a goodbye, as a lost Wi-Fi does.
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { url as endpoint } from "./moa.mjs";

/** Lays a wire. It answers at `url` and `socketUrl`, and stays usable after each cut. */
export async function layWire() {
  const { hostname, port, pathname } = new URL(endpoint);
  const ends = new Set();
  const proxy = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ]) {
      ends.add(end);
      end.pipe(other);
      end.on("error", () => other.destroy());
      end.on("close", () => {
        ends.delete(end);
        other.destroy();
      });
    }
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const address = `127.0.0.1:${proxy.address().port}${pathname}`;
  const cut = () => {
    for (const end of ends) end.resetAndDestroy();
  };
  return {
    url: `http://${address}`,
    socketUrl: `ws://${address}`,
    cut,
    close() {
      proxy.close();
      cut();
    },
  };
}
