import { useEditorContext } from "@graphiql/react";
import { useEffect, useState } from "react";
import { createPortal } from "react-dom";
import type { DemoAccount } from "./config";
import type { Known } from "./placeholders";
import { guest, type Session, tokenIn, withSession } from "./session";

type Props = {
  accounts: DemoAccount[];
  session: Session | null;
  known: Known;
  /** Signs in, or rejects with an Error phrased for people. */
  onSignIn(account: DemoAccount): Promise<void>;
  onSignOut(): void;
  onReset(): void;
};

/**
 * The bar above GraphiQL. It lives inside GraphiQL's tree, to reach the editors,
 * and is drawn into the page's header.
 */
export function TopBar({ accounts, session, known, onSignIn, onSignOut, onReset }: Props) {
  const { headerEditor, tabs, activeTabIndex } = useEditorContext({ nonNull: true });
  const [labels, setLabels] = useState<Record<string, string>>({});
  const [notice, setNotice] = useState("");

  useEffect(() => {
    if (session && headerEditor) {
      headerEditor.setValue(withSession(headerEditor.getValue(), session));
    }
  }, [session, headerEditor]);

  useEffect(() => {
    const { token, label } = session ?? {};
    if (token && label) setLabels((before) => ({ ...before, [token]: label }));
  }, [session]);

  const signIn = async (account: DemoAccount) => {
    setNotice("");
    try {
      await onSignIn(account);
    } catch (reason) {
      setNotice(reason instanceof Error ? reason.message : String(reason));
    }
  };

  const signOut = () => {
    setNotice("");
    onSignOut();
  };

  const token = tokenIn(tabs[activeTabIndex]?.headers ?? "");
  const current = token === null ? guest : labels[token];

  return createPortal(
    <>
      <strong className="moa-name">Moa</strong>
      {accounts.length > 0 && (
        <div className="moa-accounts" role="group" aria-label="Demo accounts">
          {accounts.map((account) => (
            <button
              key={account.email}
              type="button"
              title={`Sign this tab and new tabs in as ${account.email}`}
              aria-pressed={current === account.label}
              onClick={() => void signIn(account)}
            >
              {account.label}
            </button>
          ))}
          <button
            type="button"
            title="Take the token out of this tab's headers"
            aria-pressed={current === guest}
            onClick={signOut}
          >
            {guest}
          </button>
        </div>
      )}
      <span className="moa-notice" role="status">{notice}</span>
      <dl className="moa-known" aria-label="Known from earlier answers">
        {Object.entries(known).map(([name, value]) => (
          <div key={name} title={`${name}: ${value}`}>
            <dt>{`<${name}>`}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <button
        type="button"
        title="Closes all tabs and opens those of the stories"
        onClick={onReset}
      >
        Reset tabs
      </button>
    </>,
    document.getElementById("bar")!,
  );
}
