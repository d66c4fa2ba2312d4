// The rules for schema/*.graphql: graphql-eslint's schema-recommended and schema-relay as they come,
// apart from the options of two of them.
import { fileURLToPath } from "node:url";
import graphql from "@graphql-eslint/eslint-plugin";

const sources = fileURLToPath(new URL("../../schema/*.graphql", import.meta.url));

/** Values without an identity of their own. An entity must never be listed here. */
const valueTypes = [
  "Analysis",
  "AnalysisClassSummary",
  "AnalysisColumn",
  "AnalysisCuts",
  "AnalysisFreshness",
  "AnalysisRow",
  "CounselBudget",
  "CounselCrisis",
  "CounselCrisisLine",
  "CounselEmotionCount",
  "CounselReplyEvent",
  "CounselRoomEvent",
  "CounselShare",
  "CounselTopicCount",
  "CounselUsage",
  "CounselWeek",
  "CounselorDesk",
  "CouponClaimed",
  "CouponPublished",
  "CouponRecommendation",
  "CouponStock",
  "CouponUsageDay",
  "DataDimension",
  "DataKind",
  "DataMeasure",
  "Discount",
  "IceServer",
  "JobError",
  "KakaoFeed",
  "Location",
  "PageInfo",
  "Session",
  "TarotCard",
  "TarotDraw",
  "Upload",
  "UserError",
  "WaitingClient",
];

export default [
  {
    files: ["**/*.graphql"],
    languageOptions: {
      parser: graphql.parser,
      parserOptions: { graphQLConfig: { schema: process.env.MOA_SCHEMA ?? sources } },
    },
    plugins: { "@graphql-eslint": graphql },
    rules: {
      ...graphql.configs["flat/schema-recommended"].rules,
      ...graphql.configs["flat/schema-relay"].rules,
      // Lists with a stated bound are plain lists: `userErrors`, the days of `usage`, `nodes`, which
      // the Relay specification itself has. Whatever is unbounded is a connection.
      "@graphql-eslint/relay-edge-types": ["error", { listTypeCanWrapOnlyEdgeType: false }],
      // Whatever else is an object has an `id`, so that clients can keep it in a normalised cache.
      "@graphql-eslint/strict-id-in-types": [
        "error",
        { exceptions: { types: valueTypes, suffixes: ["Connection", "Edge", "Payload"] } },
      ],
    },
  },
];
