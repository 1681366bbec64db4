/** A process that stores codes for ever and tells how many: the store's test kills it. */
import { openStore } from "../../src/store/store.ts";
import { aRequest } from "./request.ts";

const store = openStore(process.argv[2]!); // given by the test
store.jobs.add({ id: "endless", request: aRequest() });
for (let from = 0; ; from += 10) {
  const codes = Uint16Array.from({ length: 10 }, (_, index) => (from + index) % 2048);
  store.codes.append("endless", [{ level: 0, from, codes }], from / 100);
  if (from % 100 === 0 && from > 0) process.stdout.write(`${from}\n`);
}
