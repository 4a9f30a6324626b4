// SPDX-License-Identifier: Apache-2.0
// The client of the protocol's authors against a listener, by hand: it is not part of the tests, which need no npm.
//   npm install @modelcontextprotocol/sdk
//   node tests/e2e/mcp_client.mjs http://127.0.0.1:3000/_lookout/mcp "Bearer $TOKEN"
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [url, authorization] = process.argv.slice(2);
const transport = new StreamableHTTPClientTransport(new URL(url), {
  requestInit: { headers: { Authorization: authorization } },
});
const client = new Client({ name: "by-hand", version: "1" });
await client.connect(transport);
const { tools } = await client.listTools();
console.log(tools.map((tool) => tool.name).join("\n"));
console.log((await client.callTool({ name: "list_containers", arguments: {} })).content[0].text);
await client.close();
