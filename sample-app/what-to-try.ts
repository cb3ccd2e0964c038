// What main.ts prints after boot: the way into the console, and commands that work as they stand.
import { styleText } from 'node:util';
import { signInLink } from './operator/console-path.js';
import { settings } from './settings.js';

export function whatToTry(url: string, operatorToken: string): string {
  const where =
    settings.databaseUrl === undefined ? `Postgres from npm, data in ${settings.dataDir}` : 'Postgres at DATABASE_URL';
  const order = '-d sku=espresso-1kg -d quantity=2 -d email=ann@example.com';
  // New ones at each start: the same id again would be the same run.
  const n = Date.now().toString(36).slice(-4).toUpperCase();
  const operator = `-H 'Authorization: Bearer ${operatorToken}'`;
  return `
  ${styleText('bold', `The console: ${signInLink(url, operatorToken)}`)}

  The sample app listens on ${url}
  ${where}, workflow tables in schema "${settings.workflowsSchema}"

  An order: stock, payment and mail over HTTP, each a durable step
    curl -s ${url}/orders ${order}
  The payment service fails twice · out of stock · card declined · slow services
    curl -s '${url}/orders?paymentFaults=2' ${order}
    curl -s '${url}/orders?stock=out' ${order}
    curl -s '${url}/orders?card=declined' ${order}
    curl -s '${url}/orders?latency=3000' ${order}
  How an order went
    curl -s ${url}/orders/<orderId>

  An expense that waits for a person, is reminded after 20 s and expires 40 s later: stop the app, start it, answer
    ${url}/approvals/page
    curl -s ${url}/approvals -d id=EXP-${n} -d who=Ann -d what='Train to Basel' -d amount=84.50
    curl -s ${url}/approvals/EXP-${n}
    curl -s ${url}/approvals/EXP-${n}/answer -d approve=yes -d by=Ben -d reason='Have fun'

  A story, read while it is written: as text · as server-sent events, also from word 20 on · its status later
    ${url}/stories/page
    curl -sN ${url}/stories/text -d id=STORY-${n} -d topic='a lighthouse'
    curl -sN ${url}/stories/STORY-${n}/words
    curl -sN ${url}/stories/STORY-${n}/words -H 'Last-Event-ID: 19'
    curl -s ${url}/stories/STORY-${n}

  A report over six regions, each a run of its own, two at a time, one without tills
    ${url}/reports/page
    curl -s ${url}/reports -d id=REP-${n} -d broken=west -d concurrency=2
    curl -s ${url}/reports/REP-${n}

  A plant: one batch at a time in each reactor, the lower priority first, three in all; 100 readings, 20 a second
    curl -s ${url}/reactors/batches -d id=BATCH-${n} -d reactor=line-1/reactor-a -d recipe='Resin 7'
    curl -s ${url}/reactors/batches -d reactor=line-1/reactor-a -d recipe='Resin 8' -d priority=2
    curl -s ${url}/reactors/batches -d reactor=line-1/reactor-a -d recipe='Resin 9' -d priority=1
    curl -s ${url}/reactors/batches -d reactor=line-1/reactor-b -d recipe='Glue 4' -d seconds=20
    curl -s ${url}/reactors
    curl -s '${url}/reactors?reactor=line-1/reactor-a'
    curl -s ${url}/reactors/batches/BATCH-${n}
    curl -s ${url}/reactors/readings -d reactor=line-1/reactor-a -d count=100
    curl -s ${url}/reactors/queues
  For operators: no batch begins any more · batches begin again
    curl -s ${operator} ${url}/reactors/pause -d reason='Inspection'
    curl -s ${operator} ${url}/reactors/resume -d reason='Inspection passed'

  A minute of work that outlives this process: start it, Ctrl-C or kill -9, npm start, look again
    curl -s ${url}/demo/demo.one_minute_progress -H 'Content-Type: application/json' \\
      -d '{"resolved":{"paramOne":"BATCH-001","paramTwo":"AUTO"}}'
    curl -s ${url}/demo/runs/<runId>

  A minute of work that operators hold, resume and stop; from another terminal too, on the same database
    ${url}/commands/page
    curl -s ${url}/commands -d id=DEMO-${n} -d paramOne=hello
    curl -s ${operator} ${url}/commands/DEMO-${n}/HOLD -d reason='operator hold' -d actor=ann
    curl -s ${operator} ${url}/commands/DEMO-${n}/RESUME -d actor=ann
    curl -s ${operator} ${url}/commands/DEMO-${n}/STOP -d reason='stop requested' -d actor=ann
    curl -s ${url}/commands/DEMO-${n}
    npm run command -- DEMO-${n} HOLD --reason 'operator hold' --actor ann
    npm run command -- --help

  For operators: all runs · queues · what happens, as it happens · one run, its steps · hold it
    curl -s ${operator} '${url}/workflows/api/runs?limit=5'
    curl -s ${operator} ${url}/workflows/api/queues
    curl -sN ${operator} '${url}/workflows/api/feed?topics=runs&topics=queues' # <Ctrl-C>
    curl -s ${operator} ${url}/workflows/api/runs/<runId>
    curl -s ${operator} ${url}/workflows/api/runs/<runId>/steps
    curl -s ${operator} ${url}/workflows/api/runs/<runId>/commands -H 'x-workflows-request: 1' -H 'Content-Type: application/json' -d '{"command":"HOLD","reason":"wrong batch"}'

  200 orders, killed in the middle, none lost: npm run demo:crash
`;
}
