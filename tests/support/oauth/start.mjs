// usage: start.mjs PORT, in the folder where oauth2-mock-server is installed
import { createRequire } from "node:module";

const { OAuth2Server } = createRequire(`${process.cwd()}/`)("oauth2-mock-server");
const server = new OAuth2Server();
await server.issuer.keys.generate("RS256");
await server.start(Number(process.argv[2]), "127.0.0.1");
