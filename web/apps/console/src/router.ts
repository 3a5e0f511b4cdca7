/** Rooms by path; each is loaded when it is first entered. */
import { createRouter, createWebHistory, type RouteRecordRaw } from "vue-router";
import { whenSignedOut } from "./api.ts";
import { inner, rooms } from "./rooms.ts";
import { mayAct, type Role, useSession } from "./session.ts";

const children: RouteRecordRaw[] = [...rooms, ...inner].map((one) => {
  const room = "of" in one ? rooms.find(({ name }) => name === one.of) : one;
  return { name: one.name, path: one.path, component: one.page as () => Promise<never>, meta: { role: room?.role, full: room?.full ?? false, room: room?.name } };
});

export const router = createRouter({
  history: createWebHistory("/console"),
  routes: [
    { path: "/sign-in", name: "sign-in", component: () => import("./pages/SignIn.vue") },
    {
      path: "/",
      component: () => import("./pages/Frame.vue"),
      children: [...children, { path: ":rest(.*)*", redirect: { name: "home" } }],
    },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  await session.restore();
  if (!session.staff && to.name !== "sign-in") return { name: "sign-in", query: { next: to.fullPath } };
  if (session.staff && to.name === "sign-in") return { name: "home" };
  if (to.meta.role && !mayAct(session.staff?.role, to.meta.role as Role)) return { name: "home" };
  return true;
});

whenSignedOut(() => {
  const session = useSession();
  if (!session.staff) return;
  session.staff = null;
  void router.replace({ name: "sign-in", query: { next: router.currentRoute.value.fullPath } });
});
