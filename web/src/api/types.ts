// The API's own words: everything here comes from Otto's openapi.json, so the page cannot drift from the server.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Session = Schemas["Session"];
export type CampaignStatus = Schemas["CampaignStatus"];
export type CampaignType = Schemas["CampaignType"];
export type Outcome = Schemas["Outcome"];
export type Settings = Schemas["Settings"];
export type CampaignSummary = Schemas["CampaignSummary"];
export type CampaignDetail = Schemas["CampaignDetail"];
export type CampaignWhy = Schemas["CampaignWhy"];
export type ContactRow = Schemas["ContactRow"];
export type ContactWhy = Schemas["ContactWhy"];
export type CallSummary = Schemas["CallSummary"];
export type CallReport = Schemas["CallReport"];
export type Turn = Schemas["Turn"];
export type SpokenTurn = Turn & { offsetMs?: number | null };
export type LiveTurn = Turn & { callId: string };
export type Previewed = Schemas["Previewed"];
export type DoNotCallEntry = Schemas["DoNotCallPage"]["entries"][number];
export type Check = Schemas["Checks"]["checks"][number];
export type Setting = Schemas["Checks"]["settings"][number];
export type DeadLetter = Schemas["DeadLetterPage"]["deadLetters"][number];
export type AuditEntry = Schemas["AuditPage"]["entries"][number];
