// A live field such as counselReply tells a text piece by piece, several voices at once, and GraphiQL shows one
// event at a time. Nobody can read that, so the page puts the pieces together and shows them below the event.
import type { ExecutionResult } from "graphql";

/** A piece of a text, as far as its fields are asked for. */
type Piece = { delta: string; messageId?: string; author?: string; done?: boolean; reset?: boolean };

/** What one voice has said so far. */
type Said = { messageId?: string; text: string; done: boolean };

/**
 * Returns what adds `extensions.saidSoFar` to each event of one subscription: by author the text, and whether it
 * is whole. Events that hold no piece of a text stay as they are.
 */
export function gatherer(): (event: ExecutionResult) => ExecutionResult {
  const voices = new Map<string, Said>();
  return (event) => {
    for (const piece of Object.values(event.data ?? {})) {
      if (isPiece(piece)) take(voices, piece);
    }
    if (voices.size === 0) return event;
    const saidSoFar = Object.fromEntries([...voices].map(([author, { text, done }]) => [author, { text, done }]));
    return { ...event, extensions: { ...event.extensions, saidSoFar } };
  };
}

function take(voices: Map<string, Said>, { delta, messageId, author, done = false, reset }: Piece) {
  if (reset) {
    voices.clear();
    return;
  }
  const name = author ?? "text";
  const before = voices.get(name);
  const goesOn = before && !before.done && before.messageId === messageId;
  voices.set(name, { messageId, text: (goesOn ? before.text : "") + delta, done });
}

function isPiece(value: unknown): value is Piece {
  return typeof (value as Partial<Piece> | null)?.delta === "string";
}
