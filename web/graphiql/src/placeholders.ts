// A story needs ids that only earlier answers know, and dates near today.
// Variables may therefore hold "<name>", "<now+7d>" or "<today-6d>".

/** What earlier answers taught, by placeholder name. */
export type Known = Record<string, string>;

/** Where the answers of the stories hold what later steps need; later lines win. */
const lessons: [name: string, path: (string | number)[]][] = [
  ["storeId", ["signIn", "session", "user", "stores", "edges", 0, "node", "id"]],
  ["couponId", ["createCoupon", "coupon", "id"]],
  ["code", ["claimCoupon", "claim", "code"]],
];

/** How the stories call the session that was begun last, by its kind. */
const sessionNames: Record<string, string> = { WORRY: "worryId", TAROT: "tarotId" };

/** Which operation of the stories teaches a name. */
const teachers: Record<string, string> = {
  storeId: "SignIn", couponId: "LookAround", code: "ClaimCoupon", worryId: "TellWorry", tarotId: "AskCards",
};

const fallbackCoupon = ["nearby", "edges", 0, "node", "coupons", "edges", 0, "node", "id"];

const dayInMs = 24 * 60 * 60 * 1000;

/** `known` and what the answer's data adds to it. */
export function learn(known: Known, data: unknown): Known {
  const learned = { ...known };
  for (const [name, path] of lessons) {
    const value = at(data, path);
    if (typeof value === "string") learned[name] = value;
  }
  const kind = at(data, ["startCounselSession", "session", "kind"]);
  const session = at(data, ["startCounselSession", "session", "id"]);
  const name = sessionNames[String(kind)];
  if (name && typeof session === "string") learned[name] = session;
  const seen = at(data, fallbackCoupon);
  if (typeof seen === "string") learned.couponId ??= seen;
  return learned;
}

/** `value` with every placeholder replaced; throws when one is not known yet. */
export function fill(value: unknown, known: Known, now: Date): unknown {
  if (typeof value === "string") return fillText(value, known, now);
  if (Array.isArray(value)) return value.map((item) => fill(item, known, now));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, fill(item, known, now)]),
  );
}

function fillText(text: string, known: Known, now: Date): string {
  const time = /^<(now|today)(?:([+-]\d+)d)?>$/.exec(text);
  if (time) return pointInTime(time[1] === "today", Number(time[2] ?? 0), now);
  const name = /^<(\w+)>$/.exec(text)?.[1];
  const teacher = name && teachers[name];
  if (!teacher) return text;
  const value = known[name];
  if (value) return value;
  throw new Error(
    `<${name}> is not known yet: play ${teacher} first, or write a value in Variables. · `
      + `<${name}> 값을 아직 모릅니다. ${teacher}를 먼저 실행하거나 Variables에 직접 적어 주세요.`,
  );
}

// Instants are written in UTC, calendar days are those of Seoul (UTC+9, no summer time).
function pointInTime(calendarDay: boolean, days: number, now: Date): string {
  const instant = now.getTime() + days * dayInMs;
  if (!calendarDay) return new Date(instant).toISOString();
  return new Date(instant + 9 * 60 * 60 * 1000).toISOString().slice(0, 10);
}

function at(data: unknown, path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, step) => (value as Record<string | number, unknown> | null | undefined)?.[step],
    data,
  );
}
