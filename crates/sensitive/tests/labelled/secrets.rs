//! Secrets of every provider, in code, configuration, logs and talk.

use super::{Random, Sample, place};

/// Surroundings of a secret; the first half is what was tuned on, the second is held out.
const CONTEXTS: [&str; 28] = [
    "{N}={v}",
    "export {N}=\"{v}\"",
    "{n}: {v}\nregion: eu-west-1\n",
    "{\n  \"{n}\": \"{v}\",\n  \"timeout\": 30\n}",
    "{n} = '{v}'  # move to the vault",
    "const {c} = \"{v}\";",
    "I keep getting 401 with my {h} {v}, what am I doing wrong?",
    "2025-02-11T08:14:22Z DEBUG client: {n}={v} status=401",
    "Here is the {h}: {v}",
    "ENV {N} {v}\nCMD [\"serve\"]",
    "<add key=\"{c}\" value=\"{v}\" />",
    "client = Client({n}=\"{v}\", timeout=20)",
    "variable \"{n}\" {\n  default = \"{v}\"\n}",
    "| {h} | `{v}` | rotate in May |",
    "{N}: \"{v}\"",
    "set {N}={v}\r\n",
    "os.environ[\"{N}\"] = \"{v}\"",
    "{\"env\": {\"{N}\": \"{v}\", \"DEBUG\": \"1\"}}",
    "@mara can you try again with {v} ? that's the {h} I made this morning",
    "[error] request rejected ({h} {v}): quota exceeded",
    "  - name: {N}\n    value: {v}\n",
    "The {h} you asked for is {v} and it expires on Friday.",
    "kubectl create secret generic app --from-literal={N}={v}",
    "{n} := \"{v}\" // FIXME",
    "  {c}: '{v}',\n  retries: 3,",
    "docker run -e {N}={v} -p 8080:8080 app",
    "val {c}: String = \"{v}\"",
    "Subject: access\n\nHi Ines,\nuse this {h} for the demo: {v}\nBest, Ola",
];

/// Type, family, form, name and how people call it. Where the form alone says nothing, the name is what tells.
#[rustfmt::skip]
const SECRETS: [(&str, &str, &str, &str, &str); 86] = [
    ("openai_api_key", "AI keys", "sk-proj-{w:74}T3BlbkFJ{w:74}", "openai_api_key", "OpenAI key"),
    ("openai_api_key", "AI keys", "sk-{A:20}T3BlbkFJ{A:20}", "openai_api_key", "OpenAI API key"),
    ("openai_api_key", "AI keys", "sk-svcacct-{w:60}T3BlbkFJ{w:60}", "openai_key", "OpenAI service key"),
    ("anthropic_api_key", "AI keys", "sk-ant-api03-{w:93}AA", "anthropic_api_key", "Anthropic key"),
    ("anthropic_api_key", "AI keys", "sk-ant-admin01-{w:93}AA", "anthropic_admin_key", "Claude admin key"),
    ("huggingface_token", "AI keys", "hf_{L:34}", "hf_token", "Hugging Face token"),
    ("google_api_key", "AI keys", "AIzaSy{w:33}", "gemini_api_key", "Gemini key"),
    ("cohere_api_key", "AI keys", "{A:40}", "cohere_api_key", "Cohere API key"),
    ("mistral_api_key", "AI keys", "{A:32}", "mistral_api_key", "Mistral API key"),
    ("groq_api_key", "AI keys", "gsk_{A:52}", "groq_api_key", "Groq key"),
    ("replicate_token", "AI keys", "r8_{A:37}", "replicate_api_token", "Replicate token"),
    ("perplexity_api_key", "AI keys", "pplx-{A:48}", "perplexity_api_key", "Perplexity key"),
    ("xai_api_key", "AI keys", "xai-{A:80}", "xai_api_key", "xAI key"),
    ("deepseek_api_key", "AI keys", "sk-{h:32}", "deepseek_api_key", "DeepSeek key"),
    ("openrouter_api_key", "AI keys", "sk-or-v1-{h:64}", "openrouter_api_key", "OpenRouter key"),
    ("fireworks_api_key", "AI keys", "fw_{A:24}", "fireworks_api_key", "Fireworks key"),
    ("together_api_key", "AI keys", "tgp_v1_{w:43}", "together_api_key", "Together key"),
    ("together_api_key_old", "AI keys", "{h:64}", "together_api_key", "Together AI key"),
    ("pinecone_api_key", "AI keys", "pcsk_{A:6}_{A:63}", "pinecone_api_key", "Pinecone key"),
    ("langsmith_api_key", "AI keys", "lsv2_pt_{h:32}_{h:10}", "langsmith_api_key", "LangSmith key"),
    ("wandb_api_key", "AI keys", "{h:40}", "wandb_api_key", "wandb API key"),
    ("nvidia_api_key", "AI keys", "nvapi-{w:64}", "nvidia_api_key", "NVIDIA key"),
    ("langfuse_secret_key", "AI keys", "sk-lf-{h:8}-{h:4}-4{h:3}-a{h:3}-{h:12}", "langfuse_secret_key", "Langfuse key"),
    ("cerebras_api_key", "AI keys", "csk-{a:48}", "cerebras_api_key", "Cerebras key"),
    ("tavily_api_key", "AI keys", "tvly-{A:32}", "tavily_api_key", "Tavily key"),
    ("jina_api_key", "AI keys", "jina_{h:32}{w:28}", "jina_api_key", "Jina key"),
    ("elevenlabs_api_key", "AI keys", "sk_{h:48}", "elevenlabs_api_key", "ElevenLabs key"),
    ("aws_access_key_id", "clouds", "AKIA{z:16}", "aws_access_key_id", "AWS access key"),
    ("aws_access_key_id", "clouds", "ASIA{z:16}", "aws_access_key_id", "AWS key id"),
    ("aws_secret_access_key", "clouds", "{b:40}", "aws_secret_access_key", "AWS secret access key"),
    ("aws_session_token", "clouds", "IQoJb3JpZ2luX2Vj{b:300}==", "aws_session_token", "AWS_SESSION_TOKEN:"),
    ("aws_bedrock_api_key", "clouds", "ABSK{b:124}=", "aws_bearer_token_bedrock", "Bedrock key"),
    ("azure_identifiable_key", "clouds", "{A:76}+ASt{A:5}A==", "azure_storage_key", "storage key"),
    ("azure_identifiable_key", "clouds", "{A:76}ACDb{A:5}Q==", "cosmos_key", "Cosmos key"),
    ("azure_identifiable_key", "clouds", "{A:42}AzSeA{A:5}", "azure_search_key", "search admin key"),
    ("azure_identifiable_key", "clouds", "{A:52}JQQJ99{A:26}", "azure_openai_api_key", "Azure OpenAI key"),
    ("azure_storage_key", "clouds", "{b:85}Q==", "azure_storage_account_key", "storage account key"),
    ("azure_openai_key", "clouds", "{h:32}", "azure_openai_api_key", "Azure OpenAI key"),
    ("azure_search_key", "clouds", "{H:32}", "azure_search_key", "Azure search_key"),
    ("entra_client_secret", "clouds", "{A:3}8Q~{w:33}a", "azure_client_secret", "client secret"),
    ("azure_devops_token", "clouds", "{y:52}", "azure_devops_pat", "Azure DevOps PAT"),
    ("azure_devops_token_new", "clouds", "{A:76}AZDO{A:4}", "azure_devops_ext_pat", "DevOps token"),
    ("google_oauth_secret", "clouds", "GOCSPX-{w:28}", "google_client_secret", "Google client secret"),
    ("google_oauth_secret", "clouds", "ya29.{w:140}", "access_token", "Google access token"),
    ("digitalocean_token", "clouds", "dop_v1_{h:64}", "digitalocean_token", "DigitalOcean token"),
    ("databricks_token", "clouds", "dapi{h:32}", "databricks_token", "Databricks token"),
    ("alibaba_access_key_id", "clouds", "LTAI5t{A:18}", "alicloud_access_key", "Alibaba key id"),
    ("vault_token", "clouds", "hvs.{w:90}", "vault_token", "Vault token"),
    ("terraform_token", "clouds", "{A:14}.atlasv1.{A:67}", "tfe_token", "Terraform token"),
    ("pulumi_token", "clouds", "pul-{h:40}", "pulumi_access_token", "Pulumi token"),
    ("supabase_key", "clouds", "sbp_{h:40}", "supabase_access_token", "Supabase token"),
    ("planetscale_password", "clouds", "pscale_tkn_{w:43}", "planetscale_token", "PlanetScale token"),
    ("github_pat", "code hosts", "github_pat_{A:22}_{A:59}", "github_token", "GitHub token"),
    ("gitlab_token", "code hosts", "glpat-{w:20}", "gitlab_token", "GitLab token"),
    ("gitlab_token", "code hosts", "glrt-{w:20}", "runner_token", "GitLab runner token"),
    ("bitbucket_token", "code hosts", "ATBB{A:32}", "bitbucket_app_password", "Bitbucket token"),
    ("pypi_token", "code hosts", "pypi-AgEIcHlwaS5vcmc{w:150}", "twine_token", "PyPI token"),
    ("rubygems_token", "code hosts", "rubygems_{h:48}", "gem_host_api_key", "RubyGems key"),
    ("docker_hub_token", "code hosts", "dckr_pat_{w:27}", "docker_token", "Docker Hub token"),
    ("nuget_api_key", "code hosts", "oy2{a:43}", "nuget_api_key", "NuGet key"),
    ("postman_api_key", "code hosts", "PMAK-{h:24}-{h:34}", "postman_api_key", "Postman key"),
    ("artifactory_token", "code hosts", "AKCp{A:69}", "artifactory_api_key", "Artifactory key"),
    ("slack_token", "services", "xoxb-{d:12}-{d:13}-{A:24}", "slack_bot_token", "Slack token"),
    ("slack_token", "services", "https://hooks.slack.com/services/T{U:8}/B{U:10}/{A:24}", "slack_webhook_url", "Slack webhook"),
    ("stripe_key", "services", "sk_live_{A:24}", "stripe_secret_key", "Stripe key"),
    ("stripe_key", "services", "rk_live_{A:99}", "stripe_restricted_key", "Stripe restricted key"),
    ("twilio_api_key", "services", "SK{h:32}", "twilio_api_key", "Twilio key"),
    ("twilio_auth_token", "services", "{h:32}", "twilio_auth_token", "Twilio auth token"),
    ("sendgrid_api_key", "services", "SG.{w:22}.{w:43}", "sendgrid_api_key", "SendGrid key"),
    ("mailgun_api_key", "services", "key-{h:32}", "mailgun_api_key", "Mailgun key"),
    ("mailchimp_api_key", "services", "{h:32}-us14", "mailchimp_api_key", "Mailchimp key"),
    ("telegram_bot_token", "services", "{n:1}{d:9}:AA{w:32}x", "telegram_bot_token", "Telegram bot token"),
    ("discord_token", "services", "M{A:25}.{A:6}.{w:38}", "discord_token", "Discord bot token"),
    ("discord_webhook", "services", "https://discord.com/api/webhooks/{n:18}/{w:68}", "webhook_url", "Discord webhook"),
    ("shopify_token", "services", "shpat_{h:32}", "shopify_access_token", "Shopify token"),
    ("square_token", "services", "sq0atp-{w:22}", "square_token", "Square token"),
    ("grafana_token", "services", "glsa_{A:32}_{h:8}", "grafana_token", "Grafana token"),
    ("newrelic_key", "services", "NRAK-{U:27}", "new_relic_api_key", "New Relic key"),
    ("datadog_key", "services", "{h:32}", "dd_api_key", "Datadog API key"),
    ("sentry_token", "services", "sntryu_{h:64}", "sentry_auth_token", "Sentry token"),
    ("linear_api_key", "services", "lin_api_{A:40}", "linear_api_key", "Linear key"),
    ("notion_token", "services", "ntn_{A:46}", "notion_token", "Notion token"),
    ("figma_token", "services", "figd_{A:40}", "figma_token", "Figma token"),
    ("airtable_token", "services", "pat{A:14}.{h:64}", "airtable_token", "Airtable token"),
    ("generic_api_key", "generic", "{A:32}", "acme_api_key", "API key"),
    ("generic_api_key", "generic", "{A:40}", "client_secret", "client secret"),
];

/// Passwords as people choose them, by form.
fn password(random: &mut Random) -> String {
    const WORDS: [&str; 14] = [
        "Winter", "kestrel", "Tulip", "mango", "Harbor", "violet", "Granite", "otter", "Saffron",
        "juniper", "Meadow", "falcon", "Cobalt", "willow",
    ];
    let (first, second) = (random.pick(&WORDS), random.pick(&WORDS));
    let (two, four) = (random.digits(2), random.digits(4));
    let sign = random.of("!#$%&*?@+", 1);
    match random.below(6) {
        0 => format!("{first}{four}{sign}"),
        1 => format!("{first}{sign}{second}{two}"),
        2 => random.fill("{A:14}") + &two,
        3 => format!("{first}-{second}-{two}"),
        4 => format!("{}{sign}{}", random.fill("{A:6}"), random.fill("{A:5}{d:1}")),
        _ => format!("{first}_{second}{four}"),
    }
}

const PASSWORD_CONTEXTS: [&str; 44] = [
    "password = \"{v}\"",
    "DB_PASSWORD={v}",
    "password: {v}\nport: 5432",
    "{\"username\": \"svc\", \"password\": \"{v}\"}",
    "the wifi password is {v}",
    "Passwort: {v}",
    "Das Passwort ist {v}, bitte nicht weitergeben.",
    "le mot de passe est {v}",
    "La contraseña es {v}",
    "a senha é {v}",
    "пароль: {v}",
    "密码是{v}",
    "パスワード：{v}",
    "my password for the staging database is {v}",
    "mysql -u root --password={v} app",
    "user: anna\npasswd: {v}",
    "self.password = '{v}'",
    "PGPASSWORD={v} psql -h db",
    "<password>{v}</password>",
    "spring.datasource.password={v}",
    "la password è {v}",
    "hasło: {v}",
    "$env:ADMIN_PASSWORD = \"{v}\"",
    "  POSTGRES_PASSWORD: {v}",
    "pwd: {v}",
    "password: '{v}',",
    "Kennwort lautet {v}",
    "mot de passe : {v}",
    "contraseña: {v}",
    "senha: {v}",
    "Пароль {v} не подходит? нет, пароль - {v}",
    "密码：{v}",
    "パスワードは{v}です",
    "ok so the admin password was {v} last week",
    "root_password: \"{v}\"",
    "connect(user=\"app\", password=\"{v}\")",
    "login ok for anna with password={v}",
    "passphrase: {v}",
    "wachtwoord: {v}",
    "lösenordet? lösenord: {v}",
    "CREATE USER app WITH PASSWORD '{v}';",
    "ALTER USER app IDENTIFIED BY '{v}';",
    "spring:\n  mail:\n    password: {v}",
    "비밀번호: {v}",
];

fn crc_token(random: &mut Random, prefix: &str) -> String {
    const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let body = random.fill("{A:30}");
    let mut crc = 0xFFFF_FFFFu32;
    for byte in body.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    let mut rest = !crc as usize;
    let mut check = [b'0'; 6];
    for slot in check.iter_mut().rev() {
        *slot = BASE62[rest % 62];
        rest /= 62;
    }
    format!("{prefix}{body}{}", std::str::from_utf8(&check).unwrap())
}

fn base64url(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            encoded.push(char::from(ALPHABET[(bits >> (18 - 6 * i)) as usize & 63]));
        }
    }
    encoded
}

pub(crate) fn add(random: &mut Random, held_out: bool, samples: &mut Vec<Sample>) {
    let half = |all: &[&'static str]| -> Vec<&'static str> {
        let middle = all.len() / 2;
        if held_out { all[middle..].to_vec() } else { all[..middle].to_vec() }
    };
    let contexts = half(&CONTEXTS);
    let mut push = |family, id, text: String, value: String| {
        samples.push(Sample { text, family, expected: Some((id, value)), held_out });
    };
    for (i, (id, family, form, name, human)) in SECRETS.iter().enumerate() {
        for round in 0..3 {
            let value = random.fill(form);
            let context = contexts[(i * 3 + round * 5) % contexts.len()];
            push(family, id, place(context, &value, name, human), value);
        }
    }
    for (i, (id, prefix)) in [
        ("github_pat", "ghp_"),
        ("github_pat", "gho_"),
        ("github_pat", "ghs_"),
        ("github_pat", "ghu_"),
        ("github_pat", "ghr_"),
        ("npm_token", "npm_"),
        ("npm_token", "npm_"),
    ]
    .into_iter()
    .enumerate()
    {
        let value = crc_token(random, prefix);
        let human = if prefix == "npm_" { "npm token" } else { "GitHub token" };
        push(
            "code hosts",
            id,
            place(contexts[i * 3 % contexts.len()], &value, "registry_token", human),
            value,
        );
    }
    for (i, context) in contexts.iter().enumerate().take(8) {
        let header = if i % 2 == 0 {
            r#"{"alg":"HS256","typ":"JWT"}"#
        } else {
            r#"{"typ":"JWT","alg":"RS256","kid":"a1"}"#
        };
        let claims = format!(r#"{{"sub":"{}","iat":17{}}}"#, random.digits(8), random.digits(8));
        let value =
            format!("{}.{}.{}", base64url(header), base64url(&claims), random.fill("{w:43}"));
        push("tokens", "jwt", place(context, &value, "session_jwt", "JWT"), value);
    }
    for i in 0..4 {
        let claims =
            format!(r#"{{"aud":"api","iss":"https://sts.windows.net/{}/"}}"#, random.uuid());
        let value = format!(
            "{}.{}.{}",
            base64url(r#"{"typ":"JWT","alg":"RS256"}"#),
            base64url(&claims),
            random.fill("{w:86}")
        );
        push(
            "tokens",
            "entra_access_token",
            place(contexts[i + 4], &value, "access_token", "access token"),
            value,
        );
    }
    for i in 0..8 {
        let value = random.fill("{w:43}");
        let text = match (i % 4, held_out) {
            (0, false) => {
                format!("curl -H 'Authorization: Bearer {value}' https://api.contoso.example/v1")
            }
            (1, false) => format!("{{\"Authorization\": \"Bearer {value}\"}}"),
            (2, false) => format!("Authorization: Basic {value}=\r\nAccept: */*"),
            (3, false) => format!("headers={{'authorization': 'Token {value}'}}"),
            (0, true) => format!("> authorization: bearer {value}\n> host: api"),
            (1, true) => format!("req.Header.Set(\"Authorization\", \"Bearer {value}\")"),
            (2, true) => format!("\"headers\": [\"Authorization: Bearer {value}\"]"),
            _ => format!("headers: {{ Authorization: `Bearer {value}` }}"),
        };
        push("tokens", "http_authorization", text, value);
    }
    for kind in ["RSA ", "", "EC ", "OPENSSH ", "DSA ", "ENCRYPTED "] {
        let lines: Vec<String> = (0..8).map(|_| random.fill("{b:64}")).collect();
        let (dashes, word) = ("-----", "PRIVATE KEY");
        let break_ = if held_out { "\\n" } else { "\n" };
        let body = lines.join(break_);
        let value = format!(
            "{dashes}BEGIN {kind}{word}{dashes}{break_}{body}{break_}{dashes}END {kind}{word}{dashes}"
        );
        let text = if held_out {
            format!("{{\"key\": \"{value}\"}}")
        } else {
            format!("here it is\n{value}\n")
        };
        push("tokens", "private_key", text, value);
    }
    for i in 0..6 {
        let value = random.fill("{h:40}");
        let text = if held_out {
            format!(
                "{{\"type\":\"service_account\",\"project_id\":\"contoso-{i}\",\"private_key_id\":\"{value}\"}}"
            )
        } else {
            format!(
                "{{\n  \"type\": \"service_account\",\n  \"private_key_id\": \"{value}\",\n  \"client_id\": \"1\"\n}}"
            )
        };
        push("clouds", "gcp_service_account_key", text, value);
    }
    for i in 0..12 {
        let value = random.fill("{b:43}=");
        let (id, text) = match (i % 6, held_out) {
            (0, false) => (
                "azure_shared_access_key",
                format!(
                    "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey={value}"
                ),
            ),
            (1, false) => (
                "azure_sas",
                format!(
                    "https://contoso.blob.core.windows.net/data?sv=2023-11-03&sr=c&sp=rl&sig={}%3D",
                    value.replace(['+', '/', '='], "a")
                ),
            ),
            (2, false) => (
                "azure_shared_access_key",
                format!("HostName=contoso.azure-devices.net;DeviceId=d1;SharedAccessKey={value}"),
            ),
            (3, false) => (
                "azure_redis_key",
                format!(
                    "contoso.redis.cache.windows.net:6380,password={value},ssl=True,abortConnect=False"
                ),
            ),
            (4, false) => ("azure_event_grid_key", format!("aeg-sas-key: {value}")),
            (5, false) => (
                "azure_shared_access_key",
                format!(
                    "Endpoint=https://contoso.service.signalr.net;AccessKey={value};Version=1.0;"
                ),
            ),
            (0, true) => (
                "azure_shared_access_key",
                format!(
                    "\"ServiceBus\": \"Endpoint=sb://c.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey={value};EntityPath=q\""
                ),
            ),
            (1, true) => (
                "azure_sas",
                format!(
                    "SAS_URL=\"https://c.dfs.core.windows.net/fs?se=2026-01-01&sp=racwdl&sig={}%3D&spr=https\"",
                    value.replace(['+', '/', '='], "b")
                ),
            ),
            (2, true) => (
                "azure_shared_access_key",
                format!(
                    "EVENTHUB=Endpoint=sb://c.servicebus.windows.net/;SharedAccessKeyName=listen;SharedAccessKey={value}"
                ),
            ),
            (3, true) => (
                "azure_redis_key",
                format!("REDIS: \"c.redis.cache.windows.net:6380,password={value},ssl=True\""),
            ),
            (4, true) => ("azure_event_grid_key", format!("EVENTGRID_KEY={value}")),
            _ => (
                "azure_shared_access_key",
                format!("Endpoint=https://c.azconfig.io;Id=abcd;Secret={value}"),
            ),
        };
        let value = match id {
            "azure_sas" => text
                .split("sig=")
                .nth(1)
                .unwrap()
                .split('&')
                .next()
                .unwrap()
                .trim_end_matches('"')
                .to_owned(),
            _ => value,
        };
        push("clouds", id, text, value);
    }
    for context in half(&PASSWORD_CONTEXTS).into_iter().cycle().take(66) {
        let value = password(random);
        push("passwords", "password_in_context", context.replace("{v}", &value), value);
    }
    for i in 0..30 {
        let value = password(random).replace(['@', '#', '?', '&'], "_").replace('%', "x");
        let text = match (i % 6, held_out) {
            (0, false) => {
                format!("DATABASE_URL=postgresql://app:{value}@db.contoso.example:5432/app")
            }
            (1, false) => {
                format!("engine = create_engine(\"mysql+pymysql://svc:{value}@10.0.3.4/shop\")")
            }
            (2, false) => format!(
                "mongodb+srv://svc:{value}@cluster0.ab1cd.contoso.example/?retryWrites=true"
            ),
            (3, false) => format!("REDIS_URL=redis://:{value}@cache:6379/0"),
            (4, false) => format!("broker: amqp://worker:{value}@rabbit:5672//"),
            (5, false) => format!("can't connect to postgres://anna:{value}@localhost/app, ideas?"),
            (0, true) => format!(
                "\"url\": \"postgres://reader:{value}@pg.internal/warehouse?sslmode=require\""
            ),
            (1, true) => {
                format!("SQLALCHEMY_DATABASE_URI = 'postgresql+asyncpg://u1:{value}@pg/db'")
            }
            (2, true) => format!("MONGO_URI: mongodb://admin:{value}@mongo-0.mongo:27017/admin"),
            (3, true) => format!("cache rediss://default:{value}@redis-1.contoso.example:6380"),
            (4, true) => format!("snowflake://loader:{value}@ab12345/db/public?warehouse=wh"),
            _ => format!("clickhouse://default:{value}@ch:9000/logs"),
        };
        push("connection strings", "connection_string", text, value);
    }
    for i in 0..16 {
        let value = password(random).replace([';', '\'', '"'], "x");
        let text = match (i % 4, held_out) {
            (0, false) => format!(
                "Server=tcp:sql.contoso.example,1433;Initial Catalog=app;User ID=svc;Password={value};Encrypt=True"
            ),
            (1, false) => format!("Data Source=10.1.2.3;Database=crm;Uid=app;Pwd={value};"),
            (2, false) => {
                format!("conn = psycopg2.connect(\"host=db dbname=app user=app password={value}\")")
            }
            (3, false) => format!(
                "<add name=\"Main\" connectionString=\"Server=db;Database=m;User Id=m;Password={value}\"/>"
            ),
            (0, true) => {
                format!("\"Default\": \"Host=pg;Port=5432;Database=a;Username=a;Password={value}\"")
            }
            (1, true) => format!(
                "Driver={{ODBC Driver 18 for SQL Server}};Server=db;Database=x;UID=y;PWD={value}"
            ),
            (2, true) => format!("dsn = 'user=app password={value} host=pg.internal dbname=x'"),
            _ => format!(
                "jdbc:sqlserver://db:1433;database=hr;user=hr;password={value};encrypt=true"
            ),
        };
        push("connection strings", "sql_connection_string", text, value);
    }
    for i in 0..10 {
        let value = password(random).replace(['@', '#', '?', '&', '%', '$'], "_");
        let text = match (i % 3, held_out) {
            (0, false) => {
                format!("git clone https://deploy:{value}@git.contoso.example/team/app.git")
            }
            (1, false) => format!("HTTPS_PROXY=http://anna:{value}@proxy.contoso.example:3128"),
            (2, false) => format!("ftp://partner:{value}@files.contoso.example/out/"),
            (0, true) => format!("index-url = https://reader:{value}@pypi.contoso.example/simple"),
            (1, true) => format!("smtp://mailer:{value}@smtp.contoso.example:587"),
            _ => format!("open sftp://backup:{value}@10.2.0.9/var"),
        };
        push("connection strings", "url_password", text, value);
    }
}
