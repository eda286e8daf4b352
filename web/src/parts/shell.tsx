import {
  ActionIcon,
  Alert,
  Anchor,
  AppShell,
  Badge,
  Burger,
  Button,
  Center,
  Group,
  Loader,
  NavLink,
  Stack,
  Text,
  Title,
  useComputedColorScheme,
  useMantineColorScheme,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconAlertTriangle,
  IconBroadcast,
  IconHistory,
  IconLogout,
  IconMailX,
  IconMoon,
  IconPhoneOff,
  IconSettings,
  IconSpeakerphone,
  IconSun,
} from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Link, useLocation } from "wouter";
import { answer, api, fromThePage, messageOf } from "../api/client";
import { isOver, useLive } from "../api/live";
import { useMayOperate } from "./session";

export function Shell({ children }: { children: ReactNode }) {
  const [opened, { toggle, close }] = useDisclosure();
  const [path] = useLocation();
  const mayOperate = useMayOperate();
  const live = useLive();
  const liveCalls = [...live.calls.values()].filter((call) => !isOver(call)).length;
  useEffect(close, [path, close]);

  const link = (to: string, label: string, icon: ReactNode, aside?: ReactNode) => (
    <NavLink
      component={Link}
      href={to}
      label={label}
      leftSection={icon}
      rightSection={aside}
      active={path.startsWith(to)}
      aria-current={path.startsWith(to) ? "page" : undefined}
    />
  );
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <Anchor component={Link} href="/campaigns" underline="never" c="inherit">
              <Group gap={8} wrap="nowrap">
                <img src="/icon.svg" alt="" width={26} height={26} />
                <Text fw={700} size="lg">
                  Otto
                </Text>
              </Group>
            </Anchor>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <ConnectionBadge />
            <SchemeButton />
            <SignOutButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {link("/campaigns", "Campaigns", <IconSpeakerphone size={18} aria-hidden />)}
        {link(
          "/live",
          "Live calls",
          <IconBroadcast size={18} aria-hidden />,
          liveCalls > 0 ? <Badge circle={liveCalls < 10}>{liveCalls}</Badge> : undefined,
        )}
        {link("/do-not-call", "Do not call", <IconPhoneOff size={18} aria-hidden />)}
        {link("/undelivered", "Undelivered", <IconMailX size={18} aria-hidden />)}
        {mayOperate ? link("/audit", "Who did what", <IconHistory size={18} aria-hidden />) : null}
        {link("/settings", "Settings and checks", <IconSettings size={18} aria-hidden />)}
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function ConnectionBadge() {
  const { connection } = useLive();
  const text = { connecting: "Connecting…", open: "Live", lost: "Connection lost, trying again…" }[connection];
  const color = { connecting: "gray", open: "teal", lost: "red" }[connection];
  return (
    <div role="status">
      <Badge variant="dot" color={color} tt="none">
        {text}
      </Badge>
    </div>
  );
}

function SchemeButton() {
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  return (
    <ActionIcon
      variant="default"
      size="lg"
      aria-label={isDark ? "Light colours" : "Dark colours"}
      onClick={() => setColorScheme(isDark ? "light" : "dark")}
    >
      {isDark ? <IconSun size={18} /> : <IconMoon size={18} />}
    </ActionIcon>
  );
}

function SignOutButton() {
  const queries = useQueryClient();
  const mayOperate = useMayOperate();
  const signOut = async () => {
    await answer(api.DELETE("/api/session", { params: fromThePage })).catch(() => undefined);
    queries.clear();
    await queries.invalidateQueries({ queryKey: ["session"] });
    location.assign("/");
  };
  return (
    <Group gap="xs" wrap="nowrap">
      {mayOperate ? null : (
        <Badge variant="light" color="gray" visibleFrom="sm">
          may look only
        </Badge>
      )}
      <ActionIcon variant="default" size="lg" aria-label="Sign out" onClick={() => void signOut()}>
        <IconLogout size={18} />
      </ActionIcon>
    </Group>
  );
}

export function Waiting() {
  return (
    <Center mih={200}>
      <Loader aria-label="Loading" />
    </Center>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: () => void }) {
  return (
    <Alert color="red" icon={<IconAlertTriangle />} title={messageOf(error)} m="md" role="alert">
      {retry ? (
        <Button size="xs" variant="light" color="red" onClick={retry}>
          Try again
        </Button>
      ) : null}
    </Alert>
  );
}

/** A page's head: its title, what belongs to it, and what can be done. */
export function PageHead({ title, aside, children }: { title: string; aside?: ReactNode; children?: ReactNode }) {
  useEffect(() => {
    document.title = `${title} – Otto`;
  }, [title]);
  return (
    <Group justify="space-between" align="flex-start" mb="md" gap="sm">
      <Stack gap={4} miw={0}>
        <Title order={1} size="h2" className="breakable">
          {title}
        </Title>
        {aside}
      </Stack>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}
