import type { GraphiQLProps } from "graphiql";
import signIn from "../stories/1-sign-in.graphql";
import lookAround from "../stories/2-look-around.graphql";
import lookAroundVariables from "../stories/2-look-around.json";
import publishCoupon from "../stories/3-publish-coupon.graphql";
import publishCouponVariables from "../stories/3-publish-coupon.json";
import watchStock from "../stories/4-watch-stock.graphql";
import watchStockVariables from "../stories/4-watch-stock.json";
import claimCoupon from "../stories/5-claim-coupon.graphql";
import claimCouponVariables from "../stories/5-claim-coupon.json";
import redeemCoupon from "../stories/6-redeem-coupon.graphql";
import redeemCouponVariables from "../stories/6-redeem-coupon.json";
import whatHappened from "../stories/7-what-happened.graphql";
import whatHappenedVariables from "../stories/7-what-happened.json";
import tellWorry from "../stories/8-tell-worry.graphql";
import tellWorryVariables from "../stories/8-tell-worry.json";
import askCards from "../stories/9-ask-cards.graphql";
import askCardsVariables from "../stories/9-ask-cards.json";
import askNumbers from "../stories/10-ask-numbers.graphql";
import askNumbersVariables from "../stories/10-ask-numbers.json";

type Tabs = NonNullable<GraphiQLProps["defaultTabs"]>;

/** The tabs of a first visit, in the order of the stories. GraphiQL titles a tab by its operation. */
export const storyTabs: Tabs = [
  tab(signIn),
  tab(lookAround, lookAroundVariables),
  tab(publishCoupon, publishCouponVariables),
  tab(watchStock, watchStockVariables),
  tab(claimCoupon, claimCouponVariables),
  tab(redeemCoupon, redeemCouponVariables),
  tab(whatHappened, whatHappenedVariables),
  tab(tellWorry, tellWorryVariables),
  tab(askCards, askCardsVariables),
  tab(askNumbers, askNumbersVariables),
];

function tab(query: string, variables?: object) {
  return { query, variables: variables ? JSON.stringify(variables, null, 2) : null };
}
