//! Texts that hold nothing sensitive, as code, logs, lock files and talk are full of.

use super::{Random, Sample};

/// Forms with slots; `{uuid}` is one. Every second form is held out.
#[rustfmt::skip]
const FORMS: &[(&str, &str)] = &[
    ("ids", "request_id={uuid} user={uuid}"),
    ("ids", "{\"id\": \"{uuid}\", \"parent\": \"{uuid}\"}"),
    ("ids", "trace_id: {h:32} span_id: {h:16}"),
    ("ids", "arn:aws:bedrock:us-east-1:{d:12}:agent/{U:10}"),
    ("ids", "/subscriptions/{uuid}/resourceGroups/rg-app/providers/Microsoft.CognitiveServices/accounts/oai"),
    ("ids", "asst_{A:24} thread_{A:24} run_{A:24}"),
    ("ids", "chatcmpl-{A:29} model=gpt-4.1 finish_reason=stop"),
    ("ids", "client_id: {uuid}\ntenant_id: {uuid}"),
    ("ids", "msg_{A:24} toolu_{A:24}"),
    ("ids", "i-{h:17} vpc-{h:17} sg-{h:17} subnet-{h:17}"),
    ("ids", "pod/api-{a:10}-{a:5} restarted 3 times"),
    ("ids", "pk_live_{A:24}"),
    ("hashes", "commit {h:40}\nAuthor: Ola Berg"),
    ("hashes", "md5: {h:32}  report.pdf"),
    ("hashes", "{h:64}  dist/app.tar.gz"),
    ("hashes", "sha256:{h:64}"),
    ("hashes", "FROM python:3.12@sha256:{h:64}"),
    ("hashes", "    \"integrity\": \"sha512-{b:86}==\","),
    ("hashes", "checksum = \"{h:64}\""),
    ("hashes", "    {file = \"certifi-2024.8.30-py3-none-any.whl\", hash = \"sha256:{h:64}\"},"),
    ("hashes", "  integrity sha512-{b:86}=="),
    ("hashes", "ETag: \"{h:32}\"\nContent-Length: {d:4}"),
    ("hashes", "  resolved \"https://registry.yarnpkg.com/a/-/a-1.2.3.tgz#{h:40}\""),
    ("hashes", "<script src=\"a.js\" integrity=\"sha384-{b:64}\" crossorigin></script>"),
    ("hashes", "github.com/pkg/errors v0.9.1 h1:{b:43}="),
    ("hashes", "SHA1({h:40}) matches, cache key {h:16}"),
    ("hashes", "index {h:7}..{h:7} 100644"),
    ("hashes", "--hash=sha256:{h:64} \\"),
    ("placeholders", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE"),
    ("placeholders", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("placeholders", "OPENAI_API_KEY=<your-key>"),
    ("placeholders", "OPENAI_API_KEY=sk-your-key-here"),
    ("placeholders", "api_key = \"sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\""),
    ("placeholders", "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
    ("placeholders", "password: changeme"),
    ("placeholders", "DB_PASSWORD=${DB_PASSWORD}"),
    ("placeholders", "const key = process.env.OPENAI_API_KEY;"),
    ("placeholders", "api_key=os.environ[\"ANTHROPIC_API_KEY\"]"),
    ("placeholders", "password = \"********\""),
    ("placeholders", "Authorization: Bearer $TOKEN"),
    ("placeholders", "Authorization: Bearer {{access_token}}"),
    ("placeholders", "postgres://user:password@localhost:5432/db"),
    ("placeholders", "https://user:pass@example.com/path"),
    ("placeholders", "mysql://root:${MYSQL_ROOT_PASSWORD}@db/app"),
    ("placeholders", "SECRET_KEY=replace-me-with-a-long-random-string"),
    ("placeholders", "client_secret: \"{{ vault_client_secret }}\""),
    ("placeholders", "AccountKey=<storage-account-key>;EndpointSuffix=core.windows.net"),
    ("placeholders", "password: \"{{ .Values.db.password }}\""),
    ("placeholders", "token: !secret hass_token"),
    ("placeholders", "HF_TOKEN=hf_..."),
    ("placeholders", "password = var.db_password"),
    ("placeholders", "secret = data.aws_secretsmanager_secret_version.db.secret_string"),
    ("placeholders", "apiKey: process.env['STRIPE_KEY'] ?? ''"),
    ("placeholders", "export TOKEN=$(gcloud auth print-access-token)"),
    ("placeholders", "-----BEGIN PUBLIC KEY-----\n{b:64}\n{b:64}\n-----END PUBLIC KEY-----"),
    ("placeholders", "-----BEGIN CERTIFICATE-----\n{b:64}\n{b:64}\n-----END CERTIFICATE-----"),
    ("placeholders", "ssh-rsa AAAAB3NzaC1yc2E{b:200} ola@laptop"),
    ("placeholders", "password=[REDACTED]"),
    ("placeholders", "  password:\n    description: The password of the user\n    type: string"),
    ("placeholders", "secretKeyRef: {name: app-secrets, key: api-token}"),
    ("code", "const token = await getToken(user.id, { scope: 'read' });"),
    ("code", "tokens = tokenizer.encode(prompt, max_length={d:4}, truncation=True)"),
    ("code", "password = getpass.getpass('Password: ')"),
    ("code", "if (password.length < 8) throw new Error('password too short')"),
    ("code", "def set_password(self, password: str) -> None:"),
    ("code", "user.password_hash = bcrypt.hash(password, {d:2})"),
    ("code", "assert response.json()[\"token\"] is not None"),
    ("code", "max_tokens={d:4}, temperature=0.{d:1}, top_p=0.{d:2}"),
    ("code", "api_key = settings.api_key or load_api_key_from_keyring()"),
    ("code", "secret = secrets.token_urlsafe({d:2})"),
    ("code", "next_token = response.get('NextToken', None)"),
    ("code", "@app.route('/login') # see user@property docs"),
    ("code", "import { Button } from '@fluentui/react-components'; // {d:1}.{d:2}.{d:1}"),
    ("code", "from transformers import AutoModelForCausalLM, AutoTokenizer"),
    ("code", "self.credentials = DefaultAzureCredential(exclude_managed_identity_credential=True)"),
    ("code", "x = {d:16} + {d:18}"),
    ("code", "const PI = 3.14159265358979; const E = 2.718281828459045"),
    ("code", "color: #{h:6}; background: #{h:6}; margin: 0 {d:2}px"),
    ("code", "0x{h:8} 0x{h:16} 0x{h:2}"),
    ("code", "!function(e,t){var n=e.r{d:3};t.exports=n(e({d:5}),{a:4},{d:4})}(window,{});"),
    ("code", "a.push([[{d:3}],{{d:4}:function(e,t,n){\"use strict\";n.d(t,\"a\",(function(){return r}))}}])"),
    ("code", "<img src=\"data:image/png;base64,iVBORw0KGgo{b:200}=\">"),
    ("code", "background: url(data:font/woff2;base64,d09GMgAB{b:300})"),
    ("code", "SELECT id, password_changed_at FROM users WHERE token_type = 'refresh'"),
    ("code", "git clone git@github.com:contoso/app.git"),
    ("code", "docker pull ghcr.io/contoso/app:v1.{d:2}.{d:1}"),
    ("code", "func (c *Client) SetAccessToken(accessToken string) error {"),
    ("code", "private static final long serialVersionUID = {n:18}L;"),
    ("code", "expect(screen.getByLabelText('Password')).toBeInTheDocument()"),
    ("code", "resource \"aws_iam_access_key\" \"ci\" { user = aws_iam_user.ci.name }"),
    ("code", "grant_type=client_credentials&scope=api%3A%2F%2Fapp%2F.default"),
    ("code", "passwordPolicy: { minLength: {d:2}, requireSymbols: true }"),
    ("code", "SK_ID_CURR, AMT_CREDIT, CODE_GENDER, DAYS_BIRTH{d:2}"),
    ("code", "rgba({d:3}, {d:3}, {d:3}, 0.{d:2})"),
    ("numbers", "version 1.{d:2}.{d:3}-rc.{d:4}"),
    ("numbers", "ISBN 978-3-16-{d:6}-0"),
    ("numbers", "ISBN-10: 0-306-{d:5}-{d:1}"),
    ("numbers", "order #{n:1}{d:9} was shipped"),
    ("numbers", "tracking number 1Z{U:16}"),
    ("numbers", "ts={n:1}73{d:10} seq={d:8}"),
    ("numbers", "2025-0{n:1}-1{d:1}T0{d:1}:1{d:1}:2{d:1}.{d:6}Z"),
    ("numbers", "lat 48.{d:6}, lon 11.{d:6}"),
    ("numbers", "total: ${d:3},{d:3}.{d:2} (tax {d:2}.{d:2})"),
    ("numbers", "invoice INV-2025-{d:6} due 14.05.2025"),
    ("numbers", "bytes {d:9} of {n:10} received"),
    ("numbers", "{n:1}{d:19}{d:10}"),
    ("numbers", "build {d:5} finished in {d:3}.{d:2}s, {d:4} tests"),
    ("numbers", "ticket {d:7}, ref {U:8}, batch {d:4}-{d:4}"),
    ("numbers", "EAN {n:1}{d:12}"),
    ("numbers", "p50={d:2}.{d:1}ms p99={d:3}.{d:1}ms n={d:8}"),
    ("numbers", "{d:4} {d:4} {d:4} {d:3} units in rows 1-4"),
    ("numbers", "epoch {d:2}: loss=0.{d:8} acc=0.{d:8}"),
    ("numbers", "phi = 1.6180339887498948482045868343656"),
    ("numbers", "[{d:4}, {d:4}, {d:4}, {d:4}, {d:4}]"),
    ("numbers", "{d:2}:{d:2}:{d:2} up {d:3} days, load 0.{d:2} 1.{d:2} 2.{d:2}"),
    ("numbers", "RFC {d:4}, section {d:1}.{d:1}.{d:2}"),
    ("numbers", "sku 4{d:3}-{d:3}-{d:2}"),
    ("numbers", "meter reading {d:8}, last year {d:8}"),
    ("numbers", "embedding: [0.{d:8}, -0.{d:8}, 0.{d:8}, -0.{d:8}]"),
    ("numbers", "pixels 1920x1080@60, 3840x2160@{d:2}"),
    ("numbers", "pip 24.{d:1}.{d:1} from /usr/lib/python3.12 (python 3.12)"),
    ("numbers", "temperature 21.{d:1}, humidity 4{d:1}.{d:1}, co2 {d:3}"),
    ("talk", "The password is required and must have 8-{d:2} characters."),
    ("talk", "I forgot my password, how can I reset it?"),
    ("talk", "Your API key is in the dashboard under Settings > Keys."),
    ("talk", "Please call the supplier about order {d:8} before Friday."),
    ("talk", "The secret ingredient is patience, and {d:2} grams of butter."),
    ("talk", "Our card game sold {d:5} copies in {d:4}."),
    ("talk", "Explain how JSON Web Tokens are signed and verified."),
    ("talk", "Das Passwort ist abgelaufen, bitte ein neues setzen."),
    ("talk", "le mot de passe est obligatoire pour ouvrir le fichier"),
    ("talk", "La contraseña es incorrecta, inténtalo otra vez en {d:2} minutos."),
    ("talk", "a senha é obrigatória"),
    ("talk", "пароль должен содержать не менее {d:1} символов"),
    ("talk", "密码必须包含{d:2}个字符"),
    ("talk", "What does the token limit of {d:5} mean for my prompt?"),
    ("talk", "Summarise chapter {d:2}: the routing table of the old railway, pages {d:3}-{d:3}."),
    ("talk", "We had {d:3} guests, {d:2} of them from Lyon, and the bill was {d:4} euros."),
    ("talk", "My favourite route is the road to Dublin, about {d:3} km."),
    ("talk", "Write a poem about the sea in {d:1} stanzas."),
    ("talk", "Compare the passport rules of Spain and Chile for visits of {d:2} days."),
    ("talk", "She was born in {d:4} near Lake Garda and moved in 20{d:2}."),
    ("talk", "The tax id format of Poland has ten digits; explain its check digit."),
    ("talk", "How do IBAN check digits work? Give the algorithm, mod 97."),
    ("talk", "The ratio was {d:2}:{d:2}, or {d:1}.{d:3} per cent, in the 2nd quarter."),
    ("talk", "Can you translate 'secret token' into Finnish? And 'pin'?"),
    ("talk", "Meet at platform {d:1} at {d:2}:{d:2}, the train is ICE {d:3}."),
    ("talk", "In 1789, 1848 and 1989 people went to the streets; list {d:1} causes."),
    ("talk", "credentials: see the vault. account: ask Mara. login page / signup flow"),
    ("talk", "pan the camera left, then call cut; the sin of pride, chapter {d:1}"),
    ("talk", "Health insurance costs rose by {d:1}.{d:1} % to {d:4} francs."),
    ("talk", "Steuernummer und Steuer-ID sind nicht dasselbe, siehe § {d:3} AO."),
    ("talk", "My phone has {d:3} GB and its battery {d:4} mAh."),
    ("talk", "Dear customer, your appointment is on 1{d:1}.0{n:1}.2025 at 9:{d:2}."),
    ("logs", "10:14:0{d:1} INFO login succeeded for user id {d:6} in {d:3}ms"),
    ("logs", "[2025-03-1{d:1} 09:26:53] worker {d:2} token bucket refilled: {d:4}/{d:4}"),
    ("logs", "level=warn msg=\"password check failed\" attempts={d:1} user_id={d:8}"),
    ("logs", "GET /v1/models?limit={d:2} 200 {d:5} \"-\" \"python-requests/2.32.{d:1}\""),
    ("logs", "kernel: [{d:5}.{d:6}] usb 1-1: new high-speed USB device number {d:2}"),
    ("logs", "{\"level\":\"info\",\"ts\":17{d:8}.{d:6},\"caller\":\"app/main.go:{d:3}\"}"),
    ("logs", "usage: prompt_tokens={d:4} completion_tokens={d:3} total_tokens={d:4}"),
    ("logs", "Traceback: File \"/app/auth/token.py\", line {d:3}, in refresh_access_token"),
    ("logs", "cache hit key=session:{h:24} ttl={d:4}"),
    ("logs", "job {d:10}_{d:3} state=RUNNING node=gpu-{d:2} pid={d:6}"),
    ("logs", "npm WARN deprecated core-js@2.6.{d:2}: please upgrade"),
    ("logs", "AH01630: client denied by server configuration: /var/www/secret/{d:4}"),
    ("config", "replicas: {d:1}\nimage: contoso/app@sha256:{h:64}\nport: {d:4}"),
    ("config", "[tool.poetry]\nversion = \"0.{d:2}.{d:1}\"\npython = \"^3.12\""),
    ("config", "log_format main '$remote_addr - $request_time';"),
    ("config", "auth:\n  type: oauth2\n  token_url: https://login.contoso.example/oauth2/token"),
    ("config", "cron: '{d:1} {d:1} * * 1-5'\ntimeout-minutes: {d:2}"),
    ("config", "passwordFile: /run/secrets/db_password"),
    ("config", "secrets:\n  - name: regcred\n  - name: tls-{d:4}"),
    ("config", "token_budget: {d:5}\ntokenizer: cl100k_base"),
    ("config", "vector_size: {d:4}\nindex: hnsw_m{d:2}_ef{d:3}"),
    ("config", "smtp_host: mail.contoso.example\nsmtp_port: 587\nsmtp_user: null"),
    ("config", "key: {l:8}-{l:6}-{l:7}\nvalue: enabled"),
    ("config", "endpoint: https://contoso.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21"),
];

pub(crate) fn add(random: &mut Random, held_out: bool, samples: &mut Vec<Sample>) {
    for (index, (kind, form)) in FORMS.iter().enumerate() {
        if (index % 2 == 1) != held_out {
            continue;
        }
        for _ in 0..10 {
            let mut text = (*form).to_owned();
            while let Some(at) = text.find("{uuid}") {
                text.replace_range(at..at + 6, &random.uuid());
            }
            samples.push(Sample {
                text: fill(random, &text),
                family: kind,
                expected: None,
                held_out,
            });
        }
    }
}

/// Fills slots only; other braces, of which code is full, stay.
fn fill(random: &mut Random, form: &str) -> String {
    let mut text = String::new();
    let mut rest = form;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        let slot = rest.find('}').map(|close| &rest[..=close]).filter(|slot| {
            let inner = &slot[1..slot.len() - 1];
            inner.len() > 2
                && inner.as_bytes()[1] == b':'
                && inner[2..].bytes().all(|b| b.is_ascii_digit())
        });
        match slot {
            Some(slot) => {
                text.push_str(&random.fill(slot));
                rest = &rest[slot.len()..];
            }
            None => {
                text.push('{');
                rest = &rest[1..];
            }
        }
    }
    text + rest
}
