/** Who is signed in. */
import { defineStore } from "pinia";
import { get, post, Refused } from "./api.ts";

export type Role = "agent" | "supervisor" | "admin";

export interface Staff {
  name: string;
  role: Role;
}

/** Whether somebody of this role may do what that role may. */
export function mayAct(role: Role | undefined, needed: Role): boolean {
  const ranks: Role[] = ["agent", "supervisor", "admin"];
  return role !== undefined && ranks.indexOf(role) >= ranks.indexOf(needed);
}

export const useSession = defineStore("session", {
  state: () => ({ staff: null as Staff | null, asked: false }),
  getters: {
    supervises: (state): boolean => mayAct(state.staff?.role, "supervisor"),
  },
  actions: {
    /** Asks the server once; a reload keeps the session by its cookie. */
    async restore(): Promise<void> {
      if (this.asked) return;
      try {
        this.staff = await get<Staff>("/api/staff/me");
      } catch (error) {
        if (!(error instanceof Refused && error.status === 401)) throw error;
      }
      this.asked = true;
    },
    /** The code is needed where the server answers "code_needed" without one. */
    async signIn(name: string, password: string, code?: string): Promise<void> {
      this.staff = await post<Staff>("/api/staff/sign-in", { name, password, ...(code ? { code } : {}) });
      this.asked = true;
    },
    async signOut(): Promise<void> {
      await post("/api/staff/sign-out");
      this.staff = null;
    },
  },
});
