/** Who is signed in. */
import { defineStore } from "pinia";
import { Refused, request } from "./api.ts";

export interface Staff {
  name: string;
  role: "agent" | "admin";
}

export const useSession = defineStore("session", {
  state: () => ({ staff: null as Staff | null, asked: false }),
  actions: {
    /** Asks the server once; a reload keeps the session by its cookie. */
    async restore(): Promise<void> {
      if (this.asked) return;
      try {
        this.staff = await request<Staff>("/api/staff/me");
      } catch (error) {
        if (!(error instanceof Refused && error.status === 401)) throw error;
      }
      this.asked = true;
    },
    async signIn(name: string, password: string): Promise<void> {
      this.staff = await request<Staff>("/api/staff/sign-in", { body: { name, password } });
      this.asked = true;
    },
    async signOut(): Promise<void> {
      await request("/api/staff/sign-out", {});
      this.staff = null;
    },
  },
});
