/** Stands in for react-remove-scroll-bar's component: see build.mjs. */
export function RemoveScrollBar() {
  return null;
}
