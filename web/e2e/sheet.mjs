// An Excel workbook with one sheet, written here so that a test can import a file nobody has prepared.
import { crc32 } from "node:zlib";

const escape = (text) => String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;");
const column = (index) => String.fromCharCode(65 + index);
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const OFFICE = "http://schemas.openxmlformats.org";

function sheet(rows) {
  const cell = (text, at, row) => `<c r="${column(at)}${row}" t="inlineStr"><is><t xml:space="preserve">${escape(text)}</t></is></c>`;
  const lines = rows.map((row, index) => `<row r="${index + 1}">${row.map((text, at) => cell(text, at, index + 1)).join("")}</row>`);
  return `${HEAD}<worksheet xmlns="${OFFICE}/spreadsheetml/2006/main"><sheetData>${lines.join("")}</sheetData></worksheet>`;
}

function parts(rows) {
  const types = `${OFFICE}/package/2006/content-types`;
  const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
  const links = `${OFFICE}/package/2006/relationships`;
  const link = `${OFFICE}/officeDocument/2006/relationships`;
  return {
    "[Content_Types].xml": `${HEAD}<Types xmlns="${types}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="${kind}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${kind}.worksheet+xml"/></Types>`,
    "_rels/.rels": `${HEAD}<Relationships xmlns="${links}"><Relationship Id="rId1" Type="${link}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    "xl/workbook.xml": `${HEAD}<workbook xmlns="${OFFICE}/spreadsheetml/2006/main" xmlns:r="${link}"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    "xl/_rels/workbook.xml.rels": `${HEAD}<Relationships xmlns="${links}"><Relationship Id="rId1" Type="${link}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    "xl/worksheets/sheet1.xml": sheet(rows),
  };
}

/** The heads of a stored file: where it lies in the archive, and what the directory at the end says of it. */
function heads(name, data, offset) {
  const fixed = Buffer.alloc(26);
  fixed.writeUInt16LE(20, 0);
  fixed.writeUInt32LE(crc32(data), 10);
  fixed.writeUInt32LE(data.length, 14);
  fixed.writeUInt32LE(data.length, 18);
  fixed.writeUInt16LE(name.length, 22);
  const place = Buffer.alloc(14);
  place.writeUInt32LE(offset, 10);
  return {
    local: Buffer.concat([Buffer.from("PK\x03\x04"), fixed, name]),
    central: Buffer.concat([Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), fixed, place, name]),
  };
}

/** The workbook as bytes; the first row is the heading. */
export function workbook(rows) {
  const [files, directory] = [[], []];
  let offset = 0;
  for (const [path, text] of Object.entries(parts(rows))) {
    const [name, data] = [Buffer.from(path), Buffer.from(text)];
    const { local, central } = heads(name, data, offset);
    files.push(local, data);
    directory.push(central);
    offset += local.length + data.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(directory.length, 4);
  end.writeUInt16LE(directory.length, 6);
  end.writeUInt32LE(list.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...files, list, Buffer.from("PK\x05\x06"), end]);
}
