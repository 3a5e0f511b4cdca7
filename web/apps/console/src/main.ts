/** The console: one sign-in, and for each role its own rooms. */
import "element-plus/es/components/base/style/css";
import "element-plus/es/components/message/style/css";
import "element-plus/es/components/message-box/style/css";
import "element-plus/theme-chalk/dark/css-vars.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import App from "./App.vue";
import { router } from "./router.ts";
import "./styles.css";
import { followTheme } from "./theme.ts";
import { i18n } from "./words/index.ts";

followTheme();
// The router asks the store who is signed in, so it comes after it.
createApp(App).use(createPinia()).use(i18n).use(router).mount("#app");
