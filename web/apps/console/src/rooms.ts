/**
 * The rooms of the console, in the order of the navigation: who may enter, and what is loaded then. The key of a
 * room's title is its name.
 */
import { ChatDotRound, ChatLineRound, Checked, DataAnalysis, HomeFilled, MagicStick, Monitor, QuestionFilled, Search, Setting, Switch, User } from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { Role } from "./session.ts";

export interface Room {
  name: string;
  path: string;
  icon: Component;
  /** The lowest role that may enter. */
  role: Role;
  page: () => Promise<unknown>;
  /** Whether the page fills the window and scrolls inside itself. */
  full?: boolean;
}

export const rooms: Room[] = [
  { name: "home", path: "", icon: HomeFilled, role: "agent", page: () => import("./pages/Home.vue") },
  { name: "desk", path: "desk/:conversation?", icon: ChatDotRound, role: "agent", page: () => import("./pages/desk/DeskPage.vue"), full: true },
  { name: "search", path: "search", icon: Search, role: "agent", page: () => import("./pages/SearchPage.vue") },
  { name: "quickReplies", path: "quick-replies", icon: ChatLineRound, role: "agent", page: () => import("./pages/QuickReplies.vue") },
  { name: "live", path: "live", icon: Monitor, role: "supervisor", page: () => import("./pages/supervisor/LivePage.vue") },
  { name: "report", path: "report", icon: DataAnalysis, role: "supervisor", page: () => import("./pages/supervisor/ReportPage.vue") },
  { name: "quality", path: "quality", icon: Checked, role: "supervisor", page: () => import("./pages/supervisor/QualityPage.vue") },
  { name: "team", path: "team", icon: User, role: "supervisor", page: () => import("./pages/settings/TeamPage.vue") },
  { name: "rules", path: "rules", icon: Switch, role: "admin", page: () => import("./pages/settings/RulesPage.vue") },
  { name: "deskSettings", path: "settings", icon: Setting, role: "admin", page: () => import("./pages/settings/SettingsPage.vue") },
  { name: "inbox", path: "inbox", icon: MagicStick, role: "admin", page: () => import("./pages/settings/InboxPage.vue") },
  { name: "unknown", path: "unknown", icon: QuestionFilled, role: "admin", page: () => import("./pages/UnknownQuestions.vue") },
];
