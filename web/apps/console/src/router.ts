/** Rooms by path; each is loaded when it is first entered. */
import { createRouter, createWebHistory } from "vue-router";
import { useSession } from "./session.ts";

export const router = createRouter({
  history: createWebHistory("/console"),
  routes: [
    { path: "/sign-in", name: "sign-in", component: () => import("./pages/SignIn.vue") },
    {
      path: "/",
      component: () => import("./pages/Frame.vue"),
      children: [
        { path: "", name: "home", component: () => import("./pages/Home.vue") },
        { path: "unknown", name: "unknown", meta: { role: "admin" }, component: () => import("./pages/UnknownQuestions.vue") },
        { path: ":rest(.*)*", redirect: { name: "home" } },
      ],
    },
  ],
});

router.beforeEach(async (to) => {
  const session = useSession();
  await session.restore();
  if (!session.staff && to.name !== "sign-in") return { name: "sign-in", query: { next: to.fullPath } };
  if (session.staff && to.name === "sign-in") return { name: "home" };
  if (to.meta.role === "admin" && session.staff?.role !== "admin") return { name: "home" };
  return true;
});
