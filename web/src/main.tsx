import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./page.css";
import { Badge, type CSSVariablesResolver, MantineProvider, createTheme } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { ApiError, whenSignedOut } from "./api/client";
import { LiveFeed, setFeed } from "./api/live";
import { App } from "./app";

const theme = createTheme({
  primaryColor: "cyan",
  primaryShade: 9,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  autoContrast: true,
  components: { Badge: Badge.extend({ styles: { root: { minWidth: "max-content" } } }) },
});

/** The kit's dimmed and light-coloured texts have too little contrast (WCAG 2.1, 1.4.3). */
const darker = Object.fromEntries(
  ["cyan", "gray", "indigo", "orange", "red", "teal", "yellow"].map((color) => [
    `--mantine-color-${color}-light-color`,
    `color-mix(in srgb, var(--mantine-color-${color}-9), black 40%)`,
  ]),
);
const contrast: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...darker,
    "--mantine-color-dimmed": "var(--mantine-color-gray-7)",
    "--mantine-color-placeholder": "var(--mantine-color-gray-7)",
  },
  dark: {
    "--mantine-color-dimmed": "var(--mantine-color-dark-1)",
    "--mantine-color-placeholder": "var(--mantine-color-dark-1)",
  },
});

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refuses it refuses again; a lost connection is worth another try.
      retry: (tries, error) => tries < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
    },
  },
});
whenSignedOut(() => void queries.invalidateQueries({ queryKey: ["session"] }));

/** At most one reading in two seconds, however many calls end. */
function throttled(run: () => void): () => void {
  let waiting = 0;
  return () => {
    waiting ||= window.setTimeout(() => {
      waiting = 0;
      run();
    }, 2_000);
  };
}
const refreshCampaigns = throttled(() => {
  for (const key of ["campaigns", "campaign", "contacts", "why"]) void queries.invalidateQueries({ queryKey: [key] });
});

const feed = new LiveFeed({
  onCallEnded: (call) => {
    refreshCampaigns();
    void queries.invalidateQueries({ queryKey: ["call", call.callId] });
  },
  onCampaign: refreshCampaigns,
  onCaughtUp: refreshCampaigns,
});
setFeed(feed);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={contrast} defaultColorScheme="auto">
      <Notifications position="top-right" />
      <QueryClientProvider client={queries}>
        <App feed={feed} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
