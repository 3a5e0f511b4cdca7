import { defineConfig } from "vite";
import { compressed } from "../../scripts/compressed";

export default defineConfig({
  base: "/shop/",
  plugins: [compressed],
  build: { outDir: "../../dist/shop", emptyOutDir: true, target: "es2022" },
});
