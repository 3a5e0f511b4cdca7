/**
 * The rooms of the console, in the order of the navigation: who may enter, and what is loaded then. The key of a
 * room's title is its name.
 */
import { ChatDotRound, ChatLineRound, Checked, Collection, DataAnalysis, Goods, Guide, HomeFilled, MagicStick, Monitor, Opportunity, Promotion, Search, Setting, TrendCharts, User, UserFilled } from "@element-plus/icons-vue";
import type { Component } from "vue";
import type { Role } from "./session.ts";

export type Group = "start" | "service" | "knowledge" | "business" | "manage";

export interface Room {
  name: string;
  path: string;
  icon: Component;
  /** The lowest role that may enter. */
  role: Role;
  group: Group;
  page: () => Promise<unknown>;
  /** Whether the page fills the window and scrolls inside itself. */
  full?: boolean;
  /** The roles that have it in the bar at the bottom of a phone; everything else lies behind one button. */
  pinned?: Role[];
}

/** A page that is reached from a room and counts as part of it. */
export interface Inner extends Pick<Room, "name" | "path" | "page"> {
  of: string;
}

const EVERYBODY: Role[] = ["agent", "supervisor", "admin"];

export const rooms: Room[] = [
  { name: "home", path: "", icon: HomeFilled, role: "agent", group: "start", page: () => import("./pages/Home.vue"), pinned: EVERYBODY },
  { name: "desk", path: "desk/:conversation?", icon: ChatDotRound, role: "agent", group: "service", page: () => import("./pages/desk/DeskPage.vue"), full: true, pinned: EVERYBODY },
  { name: "search", path: "search", icon: Search, role: "agent", group: "service", page: () => import("./pages/SearchPage.vue"), pinned: ["agent"] },
  { name: "quickReplies", path: "quick-replies", icon: ChatLineRound, role: "agent", group: "service", page: () => import("./pages/QuickReplies.vue"), pinned: ["agent"] },
  { name: "knowledge", path: "knowledge", icon: Collection, role: "admin", group: "knowledge", page: () => import("./pages/knowledge/EntriesPage.vue"), pinned: ["admin"] },
  { name: "tryOut", path: "try", icon: Opportunity, role: "admin", group: "knowledge", page: () => import("./pages/knowledge/TryPage.vue") },
  { name: "inbox", path: "inbox", icon: MagicStick, role: "admin", group: "knowledge", page: () => import("./pages/inbox/InboxPage.vue") },
  { name: "lexicon", path: "words", icon: Guide, role: "admin", group: "knowledge", page: () => import("./pages/knowledge/WordsPage.vue") },
  { name: "catalogue", path: "products", icon: Goods, role: "admin", group: "business", page: () => import("./pages/products/ProductsPage.vue") },
  { name: "segments", path: "segments", icon: UserFilled, role: "admin", group: "business", page: () => import("./pages/marketing/SegmentsPage.vue") },
  { name: "campaigns", path: "campaigns", icon: Promotion, role: "admin", group: "business", page: () => import("./pages/marketing/CampaignsPage.vue") },
  { name: "dashboard", path: "dashboard", icon: TrendCharts, role: "admin", group: "business", page: () => import("./pages/dashboard/DashboardPage.vue"), pinned: ["admin"] },
  { name: "live", path: "live", icon: Monitor, role: "supervisor", group: "manage", page: () => import("./pages/supervisor/LivePage.vue"), pinned: ["supervisor"] },
  { name: "report", path: "report", icon: DataAnalysis, role: "supervisor", group: "manage", page: () => import("./pages/supervisor/ReportPage.vue"), pinned: ["supervisor"] },
  { name: "quality", path: "quality", icon: Checked, role: "supervisor", group: "manage", page: () => import("./pages/supervisor/QualityPage.vue") },
  { name: "team", path: "team", icon: User, role: "supervisor", group: "manage", page: () => import("./pages/settings/TeamPage.vue") },
  { name: "settings", path: "settings", icon: Setting, role: "admin", group: "manage", page: () => import("./pages/settings/SettingsPage.vue") },
];

export const inner: Inner[] = [
  { name: "entry", path: "knowledge/entries/:id", of: "knowledge", page: () => import("./pages/knowledge/EntryPage.vue") },
  { name: "publishing", path: "knowledge/publish", of: "knowledge", page: () => import("./pages/knowledge/PublishPage.vue") },
  { name: "versions", path: "knowledge/versions", of: "knowledge", page: () => import("./pages/knowledge/VersionsPage.vue") },
  { name: "confusions", path: "knowledge/confusions", of: "knowledge", page: () => import("./pages/knowledge/ConfusionsPage.vue") },
  { name: "importExport", path: "knowledge/transfer", of: "knowledge", page: () => import("./pages/knowledge/TransferPage.vue") },
  { name: "learned", path: "inbox/learned", of: "inbox", page: () => import("./pages/inbox/LearnedPage.vue") },
  { name: "presentation", path: "settings/presentation", of: "settings", page: () => import("./pages/settings/PresentationPage.vue") },
  { name: "rules", path: "rules", of: "settings", page: () => import("./pages/settings/RulesPage.vue") },
  { name: "thresholds", path: "settings/thresholds", of: "settings", page: () => import("./pages/settings/ThresholdsPage.vue") },
  { name: "widgetLook", path: "settings/widget", of: "settings", page: () => import("./pages/settings/WidgetPage.vue") },
  { name: "sessions", path: "settings/sessions", of: "settings", page: () => import("./pages/settings/SessionsPage.vue") },
  { name: "apiKeys", path: "settings/api-keys", of: "settings", page: () => import("./pages/settings/KeysPage.vue") },
  { name: "personalData", path: "settings/personal-data", of: "settings", page: () => import("./pages/settings/PersonalDataPage.vue") },
  { name: "audit", path: "audit", of: "settings", page: () => import("./pages/settings/AuditPage.vue") },
  { name: "account", path: "account", of: "home", page: () => import("./pages/AccountPage.vue") },
  { name: "profile", path: "profiles/:person", of: "segments", page: () => import("./pages/marketing/ProfilePage.vue") },
  { name: "campaign", path: "campaigns/:id", of: "campaigns", page: () => import("./pages/marketing/CampaignPage.vue") },
  { name: "campaignReport", path: "campaigns/:id/report", of: "campaigns", page: () => import("./pages/marketing/CampaignReportPage.vue") },
  { name: "batch", path: "try/batch", of: "tryOut", page: () => import("./pages/knowledge/BatchPage.vue") },
];
