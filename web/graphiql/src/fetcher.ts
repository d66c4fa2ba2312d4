import type { Fetcher, FetcherParams } from "@graphiql/toolkit";
import {
  type ExecutionResult, getOperationAST, GraphQLError, type OperationDefinitionNode, parse,
} from "graphql";
import { createClient } from "graphql-ws";
import { gatherer } from "./gather";

export type Headers = Record<string, string>;

/** Changes variables on their way out; may throw an Error phrased for people. */
export type PrepareVariables = (variables: unknown) => unknown;

/** Hears every answer that came over HTTP. */
export type OnAnswer = (answer: ExecutionResult) => void;

/** Queries and mutations travel by POST, subscriptions by WebSocket, all to `endpoint`. */
export function createFetcher(
  endpoint: string,
  prepare: PrepareVariables,
  onAnswer: OnAnswer,
): Fetcher {
  return async (params, options) => {
    const headers: Headers = options?.headers ?? {};
    try {
      const operation = operationOf(params);
      const request = { ...params, variables: prepare(needed(params.variables, operation)) };
      if (operation?.operation === "subscription") {
        return subscribe(endpoint, request, headers);
      }
      const answer = await post(endpoint, request, headers);
      onAnswer(answer);
      return answer;
    } catch (reason) {
      return failure(reason);
    }
  };
}

/** One operation by HTTP POST (GraphQL over HTTP). */
export async function post(
  endpoint: string,
  request: FetcherParams,
  headers: Headers = {},
): Promise<ExecutionResult> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      accept: "application/graphql-response+json, application/json;q=0.9",
      "content-type": "application/json",
      ...headers,
    },
    body: JSON.stringify(request),
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as ExecutionResult;
  } catch {
    throw new Error(`The server answered ${response.status} without JSON: ${text.slice(0, 200)}`);
  }
}

// Every subscription has a socket of its own, so changed headers always hold.
// The lazy client closes the socket when its only subscription ends. A lost
// socket is shown, not retried in silence: whoever explores wants to see it.
function subscribe(
  endpoint: string,
  request: FetcherParams,
  headers: Headers,
): AsyncIterableIterator<ExecutionResult> {
  const client = createClient({
    url: socketAddress(endpoint),
    connectionParams: lowerCased(headers),
    retryAttempts: 0,
  });
  const events = client.iterate(request as { query: string });
  const gather = gatherer();
  let failed = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (failed) return { done: true, value: undefined };
      try {
        const next = (await events.next()) as IteratorResult<ExecutionResult>;
        return next.done ? next : { done: false, value: gather(next.value) };
      } catch (reason) {
        failed = true;
        return { done: false, value: failure(reason) };
      }
    },
    async return() {
      await events.return?.();
      return { done: true, value: undefined };
    },
  };
}

// GraphiQL's own parse of the editor lags behind a change of tabs, so it is not
// relied on. What does not parse goes by POST, for the server to explain.
function operationOf({ query, operationName }: FetcherParams): OperationDefinitionNode | null {
  try {
    return getOperationAST(parse(query), operationName) ?? null;
  } catch {
    return null;
  }
}

// The operations of a tab share its variables: each sends its own, so that it does
// not wait for what only the others need.
function needed(variables: unknown, operation: OperationDefinitionNode | null): unknown {
  if (!operation || typeof variables !== "object" || variables === null) return variables;
  const names = new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value));
  return Object.fromEntries(Object.entries(variables).filter(([name]) => names.has(name)));
}

function socketAddress(endpoint: string): string {
  const url = new URL(endpoint, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

// HTTP knows no case of header names, the payload of connection_init does.
function lowerCased(headers: Headers): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

// An answer that says what went wrong. GraphiQL would print a thrown Error with
// its stack. graphql-ws reports a closed socket as a CloseEvent and a refused
// operation as the list of its errors.
function failure(reason: unknown): ExecutionResult {
  if (Array.isArray(reason)) return { errors: reason as GraphQLError[] };
  return { errors: [new GraphQLError(messageOf(reason))] };
}

function messageOf(reason: unknown): string {
  if (reason instanceof CloseEvent) {
    return `The server closed the socket: ${reason.code} ${reason.reason}`.trim();
  }
  return reason instanceof Error ? reason.message : String(reason);
}
