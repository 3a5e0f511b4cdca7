/** The console: one sign-in, and for each role its own rooms. */
import { ElButton, ElCard, ElDropdown, ElDropdownItem, ElDropdownMenu, ElEmpty, ElForm, ElFormItem, ElInput, ElMenu, ElMenuItem, ElTable, ElTableColumn, ElTag } from "element-plus";
import "element-plus/dist/index.css";
import "element-plus/theme-chalk/dark/css-vars.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router.ts";
import "./styles.css";
import { i18n } from "./words/index.ts";

if (matchMedia("(prefers-color-scheme: dark)").matches) document.documentElement.classList.add("dark");

const app = createApp(App).use(createPinia()).use(i18n);
const parts = [ElButton, ElCard, ElDropdown, ElDropdownItem, ElDropdownMenu, ElEmpty, ElForm, ElFormItem, ElInput, ElMenu, ElMenuItem, ElTable, ElTableColumn, ElTag];
for (const part of parts) app.use(part);
// The router asks the store who is signed in, so it comes after it.
app.use(router).mount("#app");
