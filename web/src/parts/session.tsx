import { createContext, useContext } from "react";
import type { Session } from "../api/types";

export const SessionContext = createContext<Session>({ signedIn: false, role: null, expiresAt: null });

/** Whether this person may change anything, not only look. */
export function useMayOperate(): boolean {
  return useContext(SessionContext).role === "operate";
}
