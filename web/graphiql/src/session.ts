import type { ExecutionResult } from "graphql";
import type { DemoAccount } from "./config";
import type { Headers } from "./fetcher";

/** Who is signed in; without a token, a guest. The label is that of a button above the tabs. */
export type Session = { token: string | null; label?: string };

/** The label of the button for guests. */
export const guest = "손님 · Guest";

/** Asks for all that the story needs to know of somebody who signs in. */
export const signInDocument = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) {
    session { accessToken user { name email stores(first: 1) { edges { node { id } } } } }
    userErrors { message }
  }
}`;

type Data = {
  signIn?: {
    session?: { accessToken?: string | null; user?: { email?: string | null } } | null;
    userErrors?: { message: string }[];
  };
  startCounselSession?: { guestToken?: string | null };
};

/** The variables of `signInDocument`. */
export function signInVariables({ email, password }: DemoAccount) {
  return { input: { email, password } };
}

/** Whom an answer has signed in: an account, or a guest who begins to tell a worry. */
export function sessionIn({ data }: ExecutionResult, accounts: DemoAccount[]): Session | undefined {
  const { signIn, startCounselSession } = (data ?? {}) as Data;
  if (startCounselSession?.guestToken) return { token: startCounselSession.guestToken, label: guest };
  const { accessToken, user } = signIn?.session ?? {};
  if (!accessToken) return undefined;
  return { token: accessToken, label: accounts.find(({ email }) => email === user?.email)?.label };
}

/** Why a sign-in was refused, in the server's words. */
export function refusal({ data, errors }: ExecutionResult): string | undefined {
  const userErrors = (data as Data | null | undefined)?.signIn?.userErrors;
  return userErrors?.[0]?.message ?? errors?.[0]?.message;
}

/** The text of a headers editor with the session's token in the place of any other. */
export function withSession(text: string, { token }: Session): string {
  const headers = parse(text);
  for (const name of Object.keys(headers)) {
    if (name.toLowerCase() === "authorization") delete headers[name];
  }
  if (token) headers.Authorization = `Bearer ${token}`;
  return Object.keys(headers).length > 0 ? JSON.stringify(headers, null, 2) : "";
}

/** The bearer token in the text of a headers editor. */
export function tokenIn(text: string): string | null {
  const authorization = Object.entries(parse(text))
    .find(([name]) => name.toLowerCase() === "authorization")?.[1];
  return /^Bearer (.+)$/i.exec(String(authorization ?? ""))?.[1] ?? null;
}

// Half-typed headers are no JSON: they hold no session.
function parse(text: string): Headers {
  try {
    const value: unknown = JSON.parse(text || "{}");
    return typeof value === "object" && value !== null ? { ...(value as Headers) } : {};
  } catch {
    return {};
  }
}
