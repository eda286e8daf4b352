import { Badge, Card, Code, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import type { Check } from "../api/types";
import { Sessions } from "../parts/sessions";
import { Failure, PageHead } from "../parts/shell";
import { dateTime } from "../lib/format";
import { WideTable } from "../parts/wide-table";

export function SettingsPage() {
  const checks = useQuery({
    queryKey: ["checks"],
    queryFn: () => answer(api.GET("/api/checks")),
    refetchInterval: 30_000,
  });
  if (checks.error) return <Failure error={checks.error} retry={() => void checks.refetch()} />;
  if (!checks.data) return <Skeleton h={400} aria-label="Loading" />;
  return (
    <>
      <PageHead title="Settings and checks" />
      <Stack>
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            Checks
          </Title>
          <Stack gap="sm">
            {checks.data.checks.map((check) => (
              <CheckLine key={check.name} check={check} />
            ))}
          </Stack>
        </Card>
        <Sessions />
        <Card withBorder>
          <Title order={2} size="h4" mb="sm">
            Settings in force
          </Title>
          <Text size="sm" c="dimmed" mb="sm">
            They are read at start, from the environment and the settings file.
          </Text>
          <WideTable width={420}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th scope="col">Name</Table.Th>
                  <Table.Th scope="col">Value</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {checks.data.settings.map((setting) => (
                  <Table.Tr key={setting.name}>
                    <Table.Th scope="row">
                      <Code>{setting.name}</Code>
                    </Table.Th>
                    <Table.Td className="breakable">
                      <Text size="sm" c={setting.isDefault ? "dimmed" : undefined}>
                        {setting.value}
                      </Text>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        </Card>
      </Stack>
    </>
  );
}

function CheckLine({ check }: { check: Check }) {
  return (
    <Group wrap="nowrap" align="flex-start" gap="sm">
      <Badge color={check.ok ? "teal" : check.required ? "red" : "yellow"} tt="none" miw={90}>
        {check.ok ? "fine" : check.required ? "down" : "trouble"}
      </Badge>
      <div>
        <Text size="sm" fw={600}>
          {check.name}
        </Text>
        <Text size="sm" className="breakable">
          {check.detail}
        </Text>
        <Text size="xs" c="dimmed">
          checked {dateTime(check.checkedAt)}
        </Text>
      </div>
    </Group>
  );
}
