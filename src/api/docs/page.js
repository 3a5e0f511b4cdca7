// Shows the operations of /api/openapi.json and sends requests. Everything from the description and from answers is put
// in as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function resolve(description, schema, depth = 0) {
  if (!schema || depth > 8) return {};
  if (schema.$ref) return resolve(description, schema.$ref.slice(2).split("/").reduce((at, key) => at[key], description), depth + 1);
  return schema;
}

// A value of a schema, to begin with.
function example(description, given, depth = 0) {
  const schema = resolve(description, given);
  if (depth > 6) return null;
  if (schema.example !== undefined) return schema.example;
  if (schema.enum) return schema.enum[0];
  const choice = schema.oneOf || schema.anyOf;
  if (choice) return example(description, choice.find((one) => one.type !== "null") || choice[0], depth + 1);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((one) => example(description, one, depth + 1)));
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (type === "array") return schema.items ? [example(description, schema.items, depth + 1)].filter((one) => one !== null) : [];
  if (type === "integer" || type === "number") return 0;
  if (type === "boolean") return false;
  if (type === "string") return "";
  const entries = Object.entries(schema.properties || {});
  return Object.fromEntries(entries.map(([name, one]) => [name, example(description, one, depth + 1)]));
}

function field(parameter) {
  const input = element("input", { name: parameter.name, autocomplete: "off", required: parameter.in === "path" });
  input.dataset.where = parameter.in;
  const title = parameter.description ? `${parameter.name}：${parameter.description}` : parameter.name;
  return element("label", {}, element("span", { textContent: title }), input);
}

function address(path, form) {
  const query = new URLSearchParams();
  let filled = path;
  for (const input of form.querySelectorAll("input[data-where]")) {
    if (input.dataset.where === "path") filled = filled.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value !== "") query.set(input.name, input.value);
  }
  const text = query.toString();
  return text ? `${filled}?${text}` : filled;
}

async function send(method, path, form, shown) {
  const body = form.querySelector("textarea");
  const file = form.querySelector("input[type=file]");
  const headers = { "x-xiaoer-csrf": "1" };
  const options = { method: method.toUpperCase(), headers, credentials: "same-origin" };
  if (body) { headers["content-type"] = "application/json"; options.body = body.value; }
  if (file && file.files[0]) { headers["content-type"] = "application/octet-stream"; options.body = file.files[0]; }
  shown.textContent = "…";
  try {
    const begun = performance.now();
    const answer = await fetch(address(path, form), options);
    const took = Math.round(performance.now() - begun);
    const kind = answer.headers.get("content-type") || "";
    const text = kind.includes("json") || kind.includes("text") ? await answer.text() : `${(await answer.blob()).size} 字节`;
    let pretty = text;
    try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* it is no JSON */ }
    shown.textContent = `${answer.status} ${answer.statusText}（${took} 毫秒）\n${pretty}`;
  } catch (error) {
    shown.textContent = String(error);
  }
}

function operation(description, method, path, about) {
  const form = element("form");
  for (const parameter of about.parameters || []) form.append(field(parameter));
  const content = about.requestBody && about.requestBody.content;
  const json = content && content["application/json"];
  if (json) {
    const text = element("textarea", { value: JSON.stringify(example(description, json.schema), null, 2), spellcheck: false });
    form.append(element("label", { className: "body" }, element("span", { textContent: "请求内容" }), text));
  } else if (content) {
    form.append(element("label", {}, element("span", { textContent: "文件" }), element("input", { type: "file" })));
  }
  const shown = element("pre", { hidden: true, tabIndex: 0 });
  form.append(element("button", { textContent: "发送" }), shown);
  form.addEventListener("submit", (event) => { event.preventDefault(); shown.hidden = false; send(method, path, form, shown); });
  const summary = element("summary", {}, element("b", { textContent: method.toUpperCase() }), element("code", { textContent: path }),
    element("span", { textContent: [about.summary, about.description].filter(Boolean).join(" ") }));
  const details = element("details", {}, summary, form);
  details.dataset.text = `${path} ${about.summary || ""} ${about.description || ""}`.toLowerCase();
  return details;
}

async function show() {
  const main = document.getElementById("operations");
  const description = await (await fetch("/api/openapi.json")).json();
  const groups = new Map();
  for (const [path, item] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((one) => item[one])) {
      const group = (item[method].tags || ["其他"])[0];
      if (!groups.has(group)) groups.set(group, []);
      groups.get(group).push(operation(description, method, path, item[method]));
    }
  }
  for (const [name, operations] of groups) {
    main.append(element("section", {}, element("h2", { textContent: name }), ...operations));
  }
  main.setAttribute("aria-busy", "false");
  document.getElementById("find").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const one of main.querySelectorAll("details")) one.hidden = !one.dataset.text.includes(wanted);
    for (const group of main.querySelectorAll("section")) group.hidden = !group.querySelector("details:not([hidden])");
  });
}

show();
