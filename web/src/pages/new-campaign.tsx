import {
  Alert,
  Button,
  Card,
  Checkbox,
  FileInput,
  Grid,
  List,
  SegmentedControl,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Textarea,
  Title,
} from "@mantine/core";
import { type FormRulesRecord, type UseFormReturnType, useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useLocation } from "wouter";
import { ApiError, answer, api } from "../api/client";
import type { CampaignType, Previewed, Settings } from "../api/types";
import { told } from "../parts/ask";
import { type Pace, PaceFields, paceRules, settingsOf, usualPace } from "../parts/pace";
import { Failure, PageHead } from "../parts/shell";
import { count, dateTime, money, phone, words } from "../lib/format";
import { base64Of } from "../lib/base64";
import { pastedAsCsv } from "../lib/pasted";

const types: CampaignType[] = [
  "APPOINTMENT_REMINDER",
  "SERVICE_FOLLOWUP",
  "SALES_OUTREACH",
  "CUSTOMER_SATISFACTION",
  "PAYMENT_REMINDER",
  "GENERAL",
];

interface Form extends Pace {
  name: string;
  type: CampaignType;
  source: "sheet" | "file" | "pasted";
  sheet: string;
  tab: string;
  file: File | null;
  pasted: string;
  followSheet: boolean;
  startAt: string; // of the browser's clock; empty: at once
  testPhone: string;
  voicemail: "hangup" | "message" | "agent";
  message: string;
}

const empty: Form = {
  ...usualPace,
  name: "",
  type: "SERVICE_FOLLOWUP",
  source: "sheet",
  sheet: "",
  tab: "",
  file: null,
  pasted: "",
  followSheet: false,
  startAt: "",
  testPhone: "",
  voicemail: "hangup",
  message: "",
};

/** Where the contacts come from, in the words of the trigger and of the preview alike. */
async function contactsOf(
  form: Form,
): Promise<{ googleSheetId?: string; sheetName?: string; contactsCsv?: string; contactsXlsx?: string }> {
  if (form.source === "file" && form.file) {
    if (!/\.xlsx$/i.test(form.file.name)) return { contactsCsv: await form.file.text() };
    return { contactsXlsx: base64Of(new Uint8Array(await form.file.arrayBuffer())) };
  }
  if (form.source === "pasted") return { contactsCsv: pastedAsCsv(form.pasted) };
  return {
    ...(form.sheet.trim() ? { googleSheetId: form.sheet.trim() } : {}),
    ...(form.tab.trim() ? { sheetName: form.tab.trim() } : {}),
  };
}

function allSettings(form: Form): Settings {
  return {
    ...settingsOf(form),
    ...(form.source === "sheet" && form.followSheet ? { followSheet: true } : {}),
    voicemail: { action: form.voicemail, ...(form.voicemail === "message" ? { message: form.message } : {}) },
  };
}

const startTime = (form: Form) => (form.startAt ? { scheduledTime: new Date(form.startAt).toISOString() } : {});

export function NewCampaign() {
  const [, go] = useLocation();
  const queries = useQueryClient();
  const key = useRef(crypto.randomUUID()); // the same press twice starts one campaign
  const form = useForm<Form>({
    initialValues: empty,
    validate: {
      ...paceRules,
      name: (value) => (value.trim() ? null : "A name, so that you find it again"),
      file: (value, all) => (all.source === "file" && !value ? "Choose a file" : null),
      pasted: (value, all) =>
        all.source === "pasted" && !value.trim() ? "Paste rows, the first with the column names" : null,
      message: (value, all) =>
        all.voicemail === "message" && !value.trim() ? "What is to be said after the beep" : null,
    },
    onValuesChange: () => preview.reset(),
  });
  const preview = useMutation({
    mutationFn: async (values: Form) =>
      answer(
        api.POST("/api/contacts/preview", {
          body: {
            campaignType: values.type,
            settings: allSettings(values),
            ...startTime(values),
            ...(await contactsOf(values)),
          },
        }),
      ),
  });
  const start = useMutation({
    mutationFn: async (values: Form) =>
      answer(
        api.POST("/api/n8n/trigger-outbound-campaign", {
          params: { header: { "Idempotency-Key": key.current } },
          body: {
            campaignName: values.name.trim(),
            campaignType: values.type,
            settings: allSettings(values),
            ...(values.testPhone.trim() ? { testPhone: values.testPhone.trim() } : {}),
            ...startTime(values),
            ...(await contactsOf(values)),
          },
        }),
      ),
    onSuccess: (triggered) => {
      for (const warning of triggered.warnings) told(warning);
      void queries.invalidateQueries({ queryKey: ["campaigns"] });
      go(`/campaigns/${triggered.campaignId}`);
    },
    onError: () => {
      key.current = crypto.randomUUID(); // a changed form is another campaign
    },
  });
  return (
    <>
      <PageHead title="New campaign" />
      <form onSubmit={form.onSubmit((values) => start.mutate(values))}>
        <Grid>
          <Grid.Col span={{ base: 12, lg: 7 }}>
            <Stack>
              <Card withBorder>
                <Stack gap="sm">
                  <TextInput label="Name" placeholder="December service" {...form.getInputProps("name")} />
                  <Select
                    label="Kind"
                    allowDeselect={false}
                    data={types.map((value) => ({ value, label: words(value) }))}
                    {...form.getInputProps("type")}
                  />
                </Stack>
              </Card>
              <Card withBorder>
                <Title order={2} size="h4" mb="sm">
                  Who is called
                </Title>
                <Stack gap="sm">
                  <SegmentedControl
                    aria-label="Contacts come from"
                    data={[
                      { value: "sheet", label: "Google Sheet" },
                      { value: "file", label: "File" },
                      { value: "pasted", label: "Pasted rows" },
                    ]}
                    {...form.getInputProps("source")}
                  />
                  <Source form={form} />
                </Stack>
              </Card>
              <Card withBorder>
                <Title order={2} size="h4" mb="sm">
                  When and how fast
                </Title>
                <Stack gap="sm">
                  <TextInput
                    type="datetime-local"
                    label="Start"
                    description="Your computer's time zone; empty: at once"
                    {...form.getInputProps("startAt")}
                  />
                  <PaceFields field={form.getInputProps} />
                </Stack>
              </Card>
              <Card withBorder>
                <Title order={2} size="h4" mb="sm">
                  The call
                </Title>
                <Stack gap="sm">
                  <Select
                    label="When a voicemail answers"
                    allowDeselect={false}
                    data={[
                      { value: "hangup", label: "Hang up" },
                      { value: "message", label: "Leave a message after the beep" },
                      { value: "agent", label: "Let the agent speak" },
                    ]}
                    {...form.getInputProps("voicemail")}
                  />
                  {form.values.voicemail === "message" ? (
                    <Textarea
                      label="Message"
                      description="{{customerName}} and the sheet's other columns may stand in it"
                      autosize
                      minRows={2}
                      {...form.getInputProps("message")}
                    />
                  ) : null}
                  <TextInput
                    label="Call this number first"
                    description="The campaign waits until you have heard the test call and resume it"
                    placeholder="+1 415 555 0101"
                    type="tel"
                    {...form.getInputProps("testPhone")}
                  />
                </Stack>
              </Card>
            </Stack>
          </Grid.Col>
          <Grid.Col span={{ base: 12, lg: 5 }}>
            <Card withBorder className="beside">
              <Stack>
                <Title order={2} size="h4">
                  Before anybody is called
                </Title>
                <Button
                  variant="default"
                  loading={preview.isPending}
                  onClick={() => {
                    if (!form.validate().hasErrors) preview.mutate(form.values);
                  }}
                >
                  Check the list
                </Button>
                {preview.error ? <Refused error={preview.error} /> : null}
                {preview.data ? <Preview preview={preview.data} /> : null}
                {start.error ? <Refused error={start.error} /> : null}
                <Button type="submit" loading={start.isPending}>
                  {form.values.testPhone.trim() ? "Start with a test call" : "Start the campaign"}
                </Button>
              </Stack>
            </Card>
          </Grid.Col>
        </Grid>
      </form>
    </>
  );
}

function Source({ form }: { form: UseFormReturnType<Form, Form, FormRulesRecord<Form>> }) {
  switch (form.values.source) {
    case "sheet":
      return (
        <>
          <TextInput
            label="Sheet"
            description="The browser's address of the sheet, or its id; empty: the sheet that Otto is set up with"
            placeholder="https://docs.google.com/spreadsheets/d/…"
            {...form.getInputProps("sheet")}
          />
          <TextInput label="Tab" placeholder="Outbound Campaigns" {...form.getInputProps("tab")} />
          <Checkbox
            label="Also call rows that are added to the sheet meanwhile"
            {...form.getInputProps("followSheet", { type: "checkbox" })}
          />
        </>
      );
    case "file":
      return (
        <FileInput
          label="File"
          description="Excel (.xlsx) or CSV; the first row names the columns, one of them the phone number"
          accept=".xlsx,.csv,text/csv"
          clearable
          {...form.getInputProps("file")}
        />
      );
    case "pasted":
      return (
        <Textarea
          label="Rows"
          description="Copied from a spreadsheet or as CSV; the first row names the columns"
          placeholder={"Name\tPhone\nAda Example\t+1 415 555 0101"}
          autosize
          minRows={5}
          maxRows={14}
          {...form.getInputProps("pasted")}
        />
      );
  }
}

function Refused({ error }: { error: unknown }) {
  const details = error instanceof ApiError ? error.details : [];
  return (
    <div>
      <Failure error={error} />
      {details.length > 1 ? (
        <List size="sm">
          {details.slice(0, 50).map((detail) => (
            <List.Item key={detail.field + detail.message}>
              {detail.field}: {detail.message}
            </List.Item>
          ))}
        </List>
      ) : null}
    </div>
  );
}

function Preview({ preview }: { preview: Previewed }) {
  const { callable, skippedContacts: skipped, warnings, zones, estimate } = preview;
  return (
    <Stack gap="sm" role="status">
      <Alert
        color={callable > 0 ? "teal" : "red"}
        variant="light"
        title={`${count(callable)} will be called, ${count(skipped.length)} will not`}
      >
        {estimate ? (
          <Text size="sm">
            {estimate.endsAt ? `Ends at about ${dateTime(estimate.endsAt)}. ` : ""}
            {estimate.cost === null ? "" : `Costs about ${money(estimate.cost)}.`}
          </Text>
        ) : null}
      </Alert>
      {zones && zones.length > 0 ? (
        <Table withRowBorders={false} captionSide="top">
          <Table.Caption>When calling may begin</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Time zone</Table.Th>
              <Table.Th scope="col">Contacts</Table.Th>
              <Table.Th scope="col">From</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {zones.map((zone) => (
              <Table.Tr key={zone.zone}>
                <Table.Td>{zone.zone}</Table.Td>
                <Table.Td className="numbers">{count(zone.contacts)}</Table.Td>
                <Table.Td>{dateTime(zone.opensAt)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      ) : null}
      <Rows title="Not called" rows={skipped} />
      <Rows title="Look at these" rows={warnings} />
    </Stack>
  );
}

const maxRows = 100;

function Rows({ title, rows }: { title: string; rows: Previewed["skippedContacts"] }) {
  if (rows.length === 0) return null;
  return (
    <div className="scrolls rows" role="region" aria-label={title} tabIndex={0}>
      <Table fz="sm" captionSide="top">
        <Table.Caption>
          {title}
          {rows.length > maxRows ? ` (the first ${maxRows} of ${count(rows.length)})` : ""}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Row</Table.Th>
            <Table.Th scope="col">Phone</Table.Th>
            <Table.Th scope="col">Why</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.slice(0, maxRows).map((row) => (
            <Table.Tr key={`${row.row}-${row.reason}`}>
              <Table.Td>{row.row}</Table.Td>
              <Table.Td className="breakable">{phone(row.phone)}</Table.Td>
              <Table.Td className="breakable">{row.reason}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
