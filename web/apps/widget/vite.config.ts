import { defineConfig } from "vite";

export default defineConfig({
  build: {
    outDir: "../../dist/widget",
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: "src/main.tsx", formats: ["iife"], name: "XiaoerWidget", fileName: () => "widget.js" },
  },
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
});
