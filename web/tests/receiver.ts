import { createServer } from "node:http";

/** Somebody who gets webhooks: answers what `status` says, and counts. */
export class Receiver {
  status = 401;
  taken = 0;
  private readonly server = createServer((request, response) => {
    request.resume().on("end", () => {
      if (this.status < 300) ++this.taken;
      response.writeHead(this.status).end();
    });
  });

  async start(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    const address = this.server.address();
    if (address === null || typeof address === "string") throw new Error("no port is free");
    return `http://127.0.0.1:${address.port}/news`;
  }
  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
