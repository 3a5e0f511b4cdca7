/** The basket of the demo shop lives in this browser alone; nothing is ever charged. */
const KEY = "shop.cart";

export interface CartLine {
  sku: string;
  name: string;
  price: number;
  picture: string;
  count: number;
}

export function lines(): CartLine[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(value) ? (value as CartLine[]) : [];
  } catch {
    return [];
  }
}

export function put(line: Omit<CartLine, "count">, change: number): void {
  const others = lines();
  const known = others.find((one) => one.sku === line.sku);
  if (known) known.count += change;
  else others.push({ ...line, count: change });
  localStorage.setItem(KEY, JSON.stringify(others.filter((one) => one.count > 0)));
  window.dispatchEvent(new Event("cart"));
}

export function count(): number {
  return lines().reduce((sum, line) => sum + line.count, 0);
}
