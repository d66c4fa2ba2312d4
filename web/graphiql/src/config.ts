/** An account of the demo data that the bar offers to sign in with. */
export type DemoAccount = { label: string; email: string; password: string };

/** What the server tells the page. Without demo data, `demo` is empty. */
export type Config = { endpoint: string; demo: DemoAccount[] };

/** Asks the server for the page's configuration. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/graphiql/config.json", { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`The server did not tell its configuration (${answer.status}).`);
  const { endpoint = "/graphql", demo } = (await answer.json()) as Partial<Config>;
  return { endpoint, demo: demo ?? [] };
}
