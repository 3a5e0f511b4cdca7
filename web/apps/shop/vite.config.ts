import { defineConfig } from "vite";

export default defineConfig({
  base: "/shop/",
  build: { outDir: "../../dist/shop", emptyOutDir: true, target: "es2022" },
});
