import { createRoot } from "react-dom/client";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./page.css";
import { App } from "./App";
import { loadConfig } from "./config";

const place = document.getElementById("graphiql")!;

try {
  const config = await loadConfig();
  createRoot(place).render(<App config={config} />);
} catch (reason) {
  place.textContent = reason instanceof Error ? reason.message : String(reason);
}
