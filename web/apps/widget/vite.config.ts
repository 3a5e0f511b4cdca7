import { defineConfig } from "vite";

/** The styles are a text to the bundler, which leaves their lines as they are written. */
const shortStyles = {
  name: "short-styles",
  transform: (code: string, id: string) => (id.endsWith("/styles.ts") ? code.replace(/([{}])\n/g, "$1") : null),
};

export default defineConfig({
  plugins: [shortStyles],
  build: {
    outDir: "../../dist/widget",
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { optimization: { inlineConst: { mode: "all", pass: 3 } } },
    lib: { entry: "src/main.tsx", formats: ["iife"], name: "XiaoerWidget", fileName: () => "widget.js" },
  },
  define: { "process.env.NODE_ENV": JSON.stringify("production") },
});
