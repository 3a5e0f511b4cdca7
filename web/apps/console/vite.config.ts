import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/console/",
  plugins: [vue()],
  build: { outDir: "../../dist/console", emptyOutDir: true, target: "es2022" },
});
