// The settings that people change most, as fields: used for a new campaign and while one runs.
import { Checkbox, Group, NumberInput, Select, SimpleGrid, Stack, TextInput } from "@mantine/core";
import type { Settings } from "../api/types";

const days = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"] as const;
type Day = (typeof days)[number];
const dayNames: Record<Day, string> = {
  MON: "Mon",
  TUE: "Tue",
  WED: "Wed",
  THU: "Thu",
  FRI: "Fri",
  SAT: "Sat",
  SUN: "Sun",
};

export interface Pace {
  start: string;
  end: string;
  timezone: string;
  days: string[];
  delayBetweenCalls: number | string;
  maxConcurrentCalls: number | string;
  maxAttemptsPerContact: number | string;
  retryMinutes: number | string;
  maxCalls: number | string;
  maxCost: number | string;
}

export const usualPace: Pace = {
  start: "09:00",
  end: "18:00",
  timezone: "contact",
  days: days.slice(0, 5),
  delayBetweenCalls: 30,
  maxConcurrentCalls: 10,
  maxAttemptsPerContact: 1,
  retryMinutes: 60,
  maxCalls: "",
  maxCost: "",
};

const given = (value: number | string): number | undefined => (value === "" ? undefined : Number(value));

export function paceOf(settings: Settings): Pace {
  const hours = settings.callDuringHours;
  return {
    start: hours?.start ?? usualPace.start,
    end: hours?.end ?? usualPace.end,
    timezone: hours?.timezone ?? "contact",
    days: hours?.days ?? [...days],
    delayBetweenCalls: settings.delayBetweenCalls ?? usualPace.delayBetweenCalls,
    maxConcurrentCalls: settings.maxConcurrentCalls ?? usualPace.maxConcurrentCalls,
    maxAttemptsPerContact: settings.maxAttemptsPerContact ?? usualPace.maxAttemptsPerContact,
    retryMinutes: settings.retryDelay === undefined ? usualPace.retryMinutes : settings.retryDelay / 60,
    maxCalls: settings.budget?.maxCalls ?? "",
    maxCost: settings.budget?.maxCost ?? "",
  };
}

export function settingsOf(pace: Pace): Settings {
  const [maxCalls, maxCost] = [given(pace.maxCalls), given(pace.maxCost)];
  return {
    callDuringHours: {
      start: pace.start,
      end: pace.end,
      timezone: pace.timezone,
      days: days.filter((day) => pace.days.includes(day)),
    },
    delayBetweenCalls: Number(pace.delayBetweenCalls),
    maxConcurrentCalls: Number(pace.maxConcurrentCalls),
    maxAttemptsPerContact: Number(pace.maxAttemptsPerContact),
    retryDelay: 60 * Number(pace.retryMinutes),
    ...(maxCalls !== undefined || maxCost !== undefined
      ? { budget: { ...(maxCalls !== undefined ? { maxCalls } : {}), ...(maxCost !== undefined ? { maxCost } : {}) } }
      : {}),
  };
}

export const paceRules = {
  start: (value: string) => (/^\d\d:\d\d$/.test(value) ? null : "As 09:00"),
  end: (value: string) => (/^\d\d:\d\d$/.test(value) ? null : "As 18:00; 24:00 is the day's end"),
  days: (value: string[]) => (value.length > 0 ? null : "Choose at least one day"),
};

/** `field`: a form's getInputProps. */
export function PaceFields({ field }: { field: (name: keyof Pace) => object }) {
  const zones = ["contact", ...Intl.supportedValuesOf("timeZone")];
  return (
    <Stack gap="sm">
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        <TextInput label="Call from" placeholder="09:00" {...field("start")} />
        <TextInput label="until" placeholder="18:00" {...field("end")} />
        <Select
          label="in the time zone of"
          searchable
          allowDeselect={false}
          data={zones.map((zone) => ({ value: zone, label: zone === "contact" ? "each contact" : zone }))}
          limit={100}
          {...field("timezone")}
        />
      </SimpleGrid>
      <Checkbox.Group label="On" {...field("days")}>
        <Group mt={4} gap="md">
          {days.map((day) => (
            <Checkbox key={day} value={day} label={dayNames[day]} />
          ))}
        </Group>
      </Checkbox.Group>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <NumberInput label="Seconds between calls" min={0} max={3600} {...field("delayBetweenCalls")} />
        <NumberInput label="Calls at once" min={1} allowDecimal={false} {...field("maxConcurrentCalls")} />
        <NumberInput
          label="Tries for each contact"
          min={1}
          max={10}
          allowDecimal={false}
          {...field("maxAttemptsPerContact")}
        />
        <NumberInput label="Minutes between tries" min={0} {...field("retryMinutes")} />
        <NumberInput
          label="At most this many calls"
          placeholder="no limit"
          min={1}
          allowDecimal={false}
          {...field("maxCalls")}
        />
        <NumberInput
          label="At most this cost"
          placeholder="no limit"
          min={0.01}
          decimalScale={2}
          {...field("maxCost")}
        />
      </SimpleGrid>
    </Stack>
  );
}
