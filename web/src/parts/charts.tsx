import "uplot/dist/uPlot.min.css";
import { Group, Progress, Stack, Table, Text, VisuallyHidden, useComputedColorScheme } from "@mantine/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import type { CampaignDetail } from "../api/types";
import { count, dateTime, percent, words } from "../lib/format";
import { outcomeColors } from "./badges";

export function Outcomes({ outcomes }: { outcomes: Record<string, number> }) {
  const entries = Object.entries(outcomes).toSorted(([, a], [, b]) => b - a);
  const all = entries.reduce((sum, [, n]) => sum + n, 0);
  if (all === 0) {
    return (
      <Text c="dimmed" size="sm">
        No call has ended yet.
      </Text>
    );
  }
  return (
    <Stack gap="xs">
      {entries.map(([outcome, n]) => (
        <div key={outcome}>
          <Group justify="space-between" gap="xs">
            <Text size="sm">{words(outcome)}</Text>
            <Text size="sm" className="numbers">
              {count(n)} · {percent(n, all)}
            </Text>
          </Group>
          <Progress
            value={(100 * n) / all}
            color={outcomeColors[outcome] ?? "gray"}
            aria-label={`${words(outcome)}: ${n}`}
          />
        </div>
      ))}
    </Stack>
  );
}

type Hours = CampaignDetail["hours"];

/** Every hour from the first to the last, also those without a call. */
export function withoutGaps(hours: Hours): { hour: number; calls: number; answered: number }[] {
  const step = 3600;
  const known = new Map(hours.map((h) => [Date.parse(h.hour) / 1000, h]));
  const times = [...known.keys()].toSorted((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined) return [];
  const all = [];
  for (let hour = first; hour <= last; hour += step) {
    all.push({ hour, calls: known.get(hour)?.calls ?? 0, answered: known.get(hour)?.answered ?? 0 });
  }
  return all;
}

/** Calls per hour as bars, and the share of them that a person answered as a line. */
export function HoursChart({ hours }: { hours: Hours }) {
  const place = useRef<HTMLDivElement>(null);
  const isDark = useComputedColorScheme("light") === "dark";
  useEffect(() => {
    const element = place.current;
    if (!element || hours.length === 0) return;
    const rows = withoutGaps(hours);
    const [first, last] = [rows[0]?.hour ?? 0, rows.at(-1)?.hour ?? 0];
    const ink = isDark ? "#c1c2c5" : "#495057";
    const grid = { stroke: isDark ? "#373a40" : "#e9ecef", width: 1 };
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: 220,
        legend: { show: true, live: true },
        scales: {
          x: { time: true, range: () => [first - 1800, Math.max(last + 5400, first + 6 * 3600)] },
          y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] },
          share: { range: [0, 100] },
        },
        axes: [
          { stroke: ink, grid },
          { stroke: ink, grid, size: 44 },
          {
            stroke: ink,
            scale: "share",
            side: 1,
            grid: { show: false },
            values: (_, ticks) => ticks.map((t) => `${t} %`),
            size: 52,
          },
        ],
        series: [
          {},
          {
            label: "Calls",
            fill: "#1098ad88",
            stroke: "#1098ad",
            paths: uPlot.paths.bars?.({ size: [0.7, 60] }),
            points: { show: false },
          },
          { label: "Answered", scale: "share", stroke: "#12b886", width: 2, spanGaps: false, points: { size: 5 } },
        ],
      },
      [
        rows.map((r) => r.hour),
        rows.map((r) => r.calls),
        rows.map((r) => (r.calls === 0 ? null : Math.round((100 * r.answered) / r.calls))),
      ],
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: 220 }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [hours, isDark]);
  if (hours.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        No call yet.
      </Text>
    );
  }
  return (
    <>
      <div ref={place} aria-hidden />
      <VisuallyHidden>
        <Table>
          <Table.Caption>Calls per hour</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Hour</Table.Th>
              <Table.Th>Calls</Table.Th>
              <Table.Th>Answered</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {hours.map((h) => (
              <Table.Tr key={h.hour}>
                <Table.Td>{dateTime(h.hour)}</Table.Td>
                <Table.Td>{h.calls}</Table.Td>
                <Table.Td>{percent(h.answered, h.calls)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </VisuallyHidden>
    </>
  );
}
