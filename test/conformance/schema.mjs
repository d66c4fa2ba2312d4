// The schema as the server tells it, in print.
import {
  buildClientSchema,
  getIntrospectionQuery,
  GraphQLSchema,
  lexicographicSortSchema,
  printSchema,
  specifiedDirectives,
} from "graphql";
import { ask } from "./moa.mjs";

/**
 * Prints a schema so that two equal ones have the same text. Our own directives are left out:
 * introspection does not tell where they are used.
 */
export function print(schema) {
  return printSchema(
    lexicographicSortSchema(new GraphQLSchema({ ...schema.toConfig(), directives: specifiedDirectives })),
  );
}

/** Asks the server for its schema, as tools do, and prints it. */
export async function servedSchema() {
  const query = getIntrospectionQuery({
    specifiedByUrl: true, inputValueDeprecation: true, schemaDescription: true,
  });
  return print(buildClientSchema(await ask(query)));
}
