// Reads a JSON list of texts and writes the list of their weighted lengths.
// Runs in the folder where twitter-text is installed.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const twitter = createRequire(`${process.cwd()}/`)("twitter-text");
const texts = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(texts.map((text) => twitter.parseTweet(text).weightedLength)));
