import { explorerPlugin } from "@graphiql/plugin-explorer";
import { GraphiQL } from "graphiql";
import type { ExecutionResult } from "graphql";
import { useMemo, useState } from "react";
import { forgetTabs, readKnown, storage, writeKnown } from "./browser";
import type { Config, DemoAccount } from "./config";
import { createFetcher, post } from "./fetcher";
import { fill, type Known, learn } from "./placeholders";
import {
  refusal, type Session, sessionIn, signInDocument, signInVariables, withSession,
} from "./session";
import { storyTabs } from "./story";
import { TopBar } from "./TopBar";

const plugins = [explorerPlugin({ showAttribution: false })];

/** GraphiQL with Moa's stories in its tabs and the demo accounts above it. */
export function App({ config }: { config: Config }) {
  const [known, setKnown] = useState<Known>(readKnown);
  const [session, setSession] = useState<Session | null>(null);
  const [generation, setGeneration] = useState(0);

  const { fetcher, onAnswer } = useMemo(() => {
    const onAnswer = (answer: ExecutionResult) => {
      const learned = learn(readKnown(), answer.data);
      writeKnown(learned);
      setKnown(learned);
      const signedIn = sessionIn(answer, config.demo);
      if (signedIn) setSession(signedIn);
    };
    const prepare = (variables: unknown) => fill(variables, readKnown(), new Date());
    return { fetcher: createFetcher(config.endpoint, prepare, onAnswer), onAnswer };
  }, [config]);

  const signIn = async (account: DemoAccount) => {
    const request = { query: signInDocument, variables: signInVariables(account) };
    const answer = await post(config.endpoint, request);
    const signedIn = sessionIn(answer, [account]);
    if (!signedIn) throw new Error(refusal(answer) ?? "The server did not sign you in.");
    onAnswer(answer);
    setSession({ ...signedIn, label: account.label });
  };

  const reset = () => {
    forgetTabs();
    setKnown({});
    setSession(null);
    setGeneration((before) => before + 1);
  };

  return (
    <GraphiQL
      key={generation}
      fetcher={fetcher}
      plugins={plugins}
      storage={storage}
      defaultTabs={storyTabs}
      defaultQuery=""
      defaultHeaders={session ? withSession("", session) : undefined}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      inputValueDeprecation
      schemaDescription
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
      <TopBar
        accounts={config.demo}
        session={session}
        known={known}
        onSignIn={signIn}
        onSignOut={() => setSession({ token: null })}
        onReset={reset}
      />
    </GraphiQL>
  );
}
