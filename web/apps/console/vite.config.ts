import vue from "@vitejs/plugin-vue";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import components from "unplugin-vue-components/vite";
import { defineConfig } from "vite";
import { compressed } from "../../scripts/compressed";

// Components of Element Plus come with their styles where a template names them; nothing else of it is loaded.
export default defineConfig({
  base: "/console/",
  plugins: [vue(), components({ dirs: [], dts: false, resolvers: [ElementPlusResolver()] }), compressed],
  build: { outDir: "../../dist/console", emptyOutDir: true, target: "es2022" },
});
