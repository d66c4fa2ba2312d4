// What the page keeps in this browser beside GraphiQL's own entries.
import type { Storage as GraphiQLStorage } from "@graphiql/toolkit";
import type { Known } from "./placeholders";

const knownKey = "moa:known";
const historyKeys = new Set(["graphiql:queries", "graphiql:favorites"]);
const tabKeys = ["tabState", "query", "variables", "headers", "operationName"];

/**
 * GraphiQL's storage: the browser's, but nothing that signs somebody in is kept.
 * The tabs leave headers out by a setting; the history has none, so it is cut here.
 */
export const storage: GraphiQLStorage = {
  get length() {
    return localStorage.length;
  },
  getItem: (key) => localStorage.getItem(key),
  removeItem: (key) => localStorage.removeItem(key),
  setItem: (key, value) =>
    localStorage.setItem(key, historyKeys.has(key) ? withoutHeaders(value) : value),
  clear: () => localStorage.clear(),
};

function withoutHeaders(json: string): string {
  return JSON.stringify(JSON.parse(json), (name, value: unknown) =>
    name === "headers" ? undefined : value);
}

/** What the story has taught so far, in whichever window. */
export function readKnown(): Known {
  try {
    return JSON.parse(localStorage.getItem(knownKey) ?? "{}") as Known;
  } catch {
    return {};
  }
}

/** Keeps what the story has taught, also for other windows. */
export function writeKnown(known: Known): void {
  localStorage.setItem(knownKey, JSON.stringify(known));
}

/** Forgets the tabs and what the story has taught; history and settings stay. */
export function forgetTabs(): void {
  localStorage.removeItem(knownKey);
  for (const key of tabKeys) localStorage.removeItem(`graphiql:${key}`);
}
