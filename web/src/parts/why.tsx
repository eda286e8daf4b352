import { Alert, Collapse, Anchor, Group, List, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconHelpCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { count, dateTime } from "../lib/format";

/** What the campaign is waiting for, in the engine's own words. */
export function Why({ campaignId }: { campaignId: string }) {
  const [open, more] = useDisclosure();
  const why = useQuery({
    queryKey: ["why", campaignId],
    queryFn: () => answer(api.GET("/api/campaigns/{campaignId}/why", { params: { path: { campaignId } } })),
    refetchInterval: 10_000,
  });
  if (!why.data) return null;
  const { waitingFor, nextContact, rules } = why.data;
  return (
    <Alert variant="light" icon={<IconHelpCircle />} title="What it is doing" role="status">
      <Text size="sm">{waitingFor}</Text>
      {nextContact ? (
        <Text size="sm" mt={4}>
          Next: {nextContact.name || nextContact.phone}
          {nextContact.nextAt ? `, not before ${dateTime(nextContact.nextAt)}` : ""}. {nextContact.text}
        </Text>
      ) : null}
      {rules.length > 0 ? (
        <>
          <Anchor component="button" type="button" size="sm" mt={4} onClick={more.toggle} aria-expanded={open}>
            {open ? "Hide the rules" : "Which rules have held contacts back?"}
          </Anchor>
          <Collapse expanded={open}>
            <List size="sm" mt="xs">
              {rules.map((rule) => (
                <List.Item key={rule.rule}>
                  <Group gap={6}>
                    <Text size="sm" fw={600}>
                      {(rule.rule ?? "").replaceAll("_", " ")}
                    </Text>
                    <Text size="sm">
                      {count(rule.decisions ?? 0)} times, last: {rule.lastReason}
                    </Text>
                  </Group>
                </List.Item>
              ))}
            </List>
          </Collapse>
        </>
      ) : null}
    </Alert>
  );
}
