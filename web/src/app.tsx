import { Center, Loader } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Suspense, lazy, useEffect } from "react";
import { Redirect, Route, Switch } from "wouter";
import { answer, api } from "./api/client";
import type { LiveFeed } from "./api/live";
import { Campaigns } from "./pages/campaigns";
import { SignIn } from "./pages/sign-in";
import { Failure, Shell, Waiting } from "./parts/shell";
import { SessionContext } from "./parts/session";

const Campaign = lazy(() => import("./pages/campaign").then((m) => ({ default: m.Campaign })));
const NewCampaign = lazy(() => import("./pages/new-campaign").then((m) => ({ default: m.NewCampaign })));
const Call = lazy(() => import("./pages/call").then((m) => ({ default: m.Call })));
const LiveCalls = lazy(() => import("./pages/live").then((m) => ({ default: m.LiveCalls })));
const DoNotCall = lazy(() => import("./pages/do-not-call").then((m) => ({ default: m.DoNotCall })));
const Undelivered = lazy(() => import("./pages/undelivered").then((m) => ({ default: m.Undelivered })));
const Audit = lazy(() => import("./pages/audit").then((m) => ({ default: m.Audit })));
const SettingsPage = lazy(() => import("./pages/settings").then((m) => ({ default: m.SettingsPage })));

export function App({ feed }: { feed: LiveFeed }) {
  const session = useQuery({
    queryKey: ["session"],
    queryFn: () => answer(api.GET("/api/session")),
    staleTime: 60_000,
  });
  const isIn = session.data?.signedIn ?? false;
  useEffect(() => {
    if (isIn) feed.open();
    else feed.close();
    return () => feed.close();
  }, [feed, isIn]);

  if (session.isPending) {
    return (
      <Center h="100vh">
        <Loader aria-label="Loading" />
      </Center>
    );
  }
  if (session.error) return <Failure error={session.error} retry={() => void session.refetch()} />;
  if (!isIn) return <SignIn />;
  return (
    <SessionContext value={session.data}>
      <Shell>
        <Suspense fallback={<Waiting />}>
          <Switch>
            <Route path="/">
              <Redirect to="/campaigns" replace />
            </Route>
            <Route path="/campaigns" component={Campaigns} />
            <Route path="/new" component={NewCampaign} />
            <Route path="/campaigns/:id">{({ id }) => <Campaign key={id} id={id} />}</Route>
            <Route path="/calls/:id">{({ id }) => <Call key={id} id={id} />}</Route>
            <Route path="/live" component={LiveCalls} />
            <Route path="/do-not-call" component={DoNotCall} />
            <Route path="/undelivered" component={Undelivered} />
            <Route path="/audit" component={Audit} />
            <Route path="/settings" component={SettingsPage} />
            <Route>
              <Failure error={new Error("There is no such page.")} />
            </Route>
          </Switch>
        </Suspense>
      </Shell>
    </SessionContext>
  );
}
