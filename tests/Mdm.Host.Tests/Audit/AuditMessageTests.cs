using System.Text;
using System.Xml.Linq;

namespace Mdm.Host.Tests.Audit;

public sealed class AuditMessageTests : IDisposable
{
    private static readonly AuditSource Source = new("mdm.hospital.example", "Radiology", 4711);

    private readonly TrailBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_delivery_is_an_Export_to_the_caller_without_a_patient()
    {
        var entry = TrailBench.Entry("/grid/biomed/DOE^JANE/a");
        _bench.Trail.Transferring(TrailBench.Alice, entry, new AuditDisclosure("basic", "sealed"), 512);

        var message = Last();
        message.Code("EventID").Should().Be("110106");
        message.Element("EventIdentification")!.Attribute("EventActionCode")!.Value.Should().Be("R");
        message.Element("EventIdentification")!.Attribute("EventOutcomeIndicator")!.Value.Should().Be("0");
        Roles(message).Should().Equal("110152", "110153", "110154");
        Participant(message, "110152").Attribute("UserID")!.Value.Should().Be("/DC=org/CN=Alice");
        Participant(message, "110152").Elements("RoleIDCode").Select(r => r.Attribute("csd-code")!.Value).Should().Contain("/biomed/Role=researcher");
        Participant(message, "110153").Attribute("UserID")!.Value.Should().Be("4711");
        var patient = message.Elements("ParticipantObjectIdentification").Single(o => o.Attribute("ParticipantObjectTypeCodeRole")!.Value == "1");
        patient.Attribute("ParticipantObjectID")!.Value.Should().Be(entry.Id.ToString());
        patient.Descendants("Encrypted").Single().Value.Should().Be("true");
        patient.Descendants("Anonymized").Single().Value.Should().Be("true");
        message.ToString().Should().NotContain("DOE");
    }

    [Fact]
    public void Originals_in_clear_are_said_to_be_neither_encrypted_nor_anonymized()
    {
        _bench.Trail.Transferring(TrailBench.Alice, TrailBench.Entry("/grid/a", "clinical"), new AuditDisclosure("original", "clear"), 1);
        Last().Descendants("Encrypted").Concat(Last().Descendants("Anonymized")).Select(e => e.Value).Should().Equal("false", "false");
    }

    [Fact]
    public void A_delivery_that_broke_off_is_told_again_as_a_minor_failure_and_a_complete_one_is_not()
    {
        var how = new AuditDisclosure("basic", "sealed");
        _bench.Trail.Transferred(TrailBench.Alice, TrailBench.Entry("/grid/a"), how, 5, isComplete: true);
        AuditMessage.Of(Record(), Source).Should().BeNull();
        _bench.Trail.Transferred(TrailBench.Alice, TrailBench.Entry("/grid/a"), how, 5, isComplete: false);
        Last().Element("EventIdentification")!.Attribute("EventOutcomeIndicator")!.Value.Should().Be("4");
    }

    [Fact]
    public void A_pull_begins_and_ends_with_the_archive_as_source()
    {
        _bench.Trail.Retrieving(TrailBench.Alice, "radiology", StoragePath.Parse("/grid/s1"), 300);
        var begin = Last();
        begin.Code("EventID").Should().Be("110102");
        Participant(begin, "110153").Attribute("UserID")!.Value.Should().Be("radiology");
        var study = begin.Descendants("SOPClass").Single().Ancestors("ParticipantObjectIdentification").Single();
        study.Attribute("ParticipantObjectID")!.Value.Should().MatchRegex("^2\\.25\\.[1-9][0-9]*$");
        study.Descendants("SOPClass").Single().Attribute("NumberOfInstances")!.Value.Should().Be("300");

        _bench.Trail.Retrieved(TrailBench.Alice, "radiology", StoragePath.Parse("/grid/s1"), 299, areAll: false);
        var end = Last();
        end.Code("EventID").Should().Be("110104");
        end.Element("EventIdentification")!.Attribute("EventOutcomeIndicator")!.Value.Should().Be("4");
        end.Descendants("SOPClass").Single().Ancestors("ParticipantObjectIdentification").Single().Attribute("ParticipantObjectID")!.Value
            .Should().Be(study.Attribute("ParticipantObjectID")!.Value);
    }

    [Fact]
    public void A_search_is_a_Query_of_attribute_names_and_a_hash()
    {
        _bench.Trail.Queried(TrailBench.Alice, null, "amga", new AttributeSearch(null, ["Modality"], "PatientName like 'DOE%'"));
        var message = Last();
        message.Code("EventID").Should().Be("110112");
        Encoding.UTF8.GetString(Convert.FromBase64String(message.Descendants("ParticipantObjectQuery").Single().Value)).Should().MatchRegex("^Modality hash:[0-9a-f]{32}$");
    }

    [Theory]
    [InlineData(null, "unknown")]
    [InlineData("root", "account:root")]
    public void A_search_without_a_certificate_is_a_valid_message_of_the_account_or_of_nobody_known(string? account, string user)
    {
        _bench.Trail.Queried(null, System.Net.IPAddress.IPv6Loopback, "amga", new AttributeSearch(account, [], "find / 'x'"));

        var message = Last();

        message.Code("EventID").Should().Be("110112");
        var caller = message.Elements("ActiveParticipant").Single(participant => participant.Attribute("UserIsRequestor")!.Value == "true");
        caller.Attribute("UserID")!.Value.Should().Be(user);
        caller.Attribute("NetworkAccessPointID")!.Value.Should().Be("::1");
        Encoding.UTF8.GetString(Convert.FromBase64String(message.Descendants("ParticipantObjectQuery").Single().Value)).Should().MatchRegex("^hash:[0-9a-f]{32}$");
    }

    [Fact]
    public void A_search_of_many_attributes_is_a_message_that_every_receiver_takes()
    {
        _bench.Trail.Queried(TrailBench.Alice, null, "amga", new AttributeSearch(null, [.. Enumerable.Range(0, 1000).Select(i => new string('a', 59) + $"{i:D5}")], "find"));

        Last();

        AuditMessage.Of(Record(), Source)!.Length.Should().BeLessThan(32_768);
    }

    [Theory]
    [InlineData("refused", "110113", "110132", "8")]
    [InlineData("stranger", "110113", "110126", "8")]
    [InlineData("acl", "110113", "110135", "0")]
    [InlineData("order", "110113", "110132", "0")]
    [InlineData("token", "110114", "110122", "0")]
    [InlineData("start", "110100", "110120", "0")]
    [InlineData("stop", "110100", "110121", "0")]
    [InlineData("resumed", "110113", "110134", "0")]
    [InlineData("broken", "110113", "110133", "12")]
    [InlineData("dropped", "110113", "110133", "4")]
    [InlineData("used", "110101", null, "0")]
    [InlineData("withdrawn", "110105", null, "0")]
    public void Each_event_has_its_code(string what, string id, string? type, string outcome)
    {
        var entry = TrailBench.Entry("/grid/a");
        Action happens = what switch
        {
            "refused" => () => _bench.Trail.Refused(TrailBench.Alice, AuditAction.Read, new MdmException(MdmErrorKind.AccessDenied, "no", new Denial(entry, "read"))),
            "stranger" => () => _bench.Trail.Stranger("srmLs", "expired"),
            "acl" => () => _bench.Trail.Granted(TrailBench.Alice, AuditAction.SetAcl, entry, "user::rwx"),
            "order" => () => _bench.Trail.Administered(TrailBench.Alice, "publish research"),
            "token" => () => _bench.Trail.TokenGiven(TrailBench.Alice, entry, "Download"),
            "start" => () => _bench.Trail.Happened(AuditAction.Start, AuditOutcome.Granted),
            "stop" => () => _bench.Trail.Happened(AuditAction.Stop, AuditOutcome.Granted),
            "resumed" => () => _bench.Trail.Happened(AuditAction.TrailResumed, AuditOutcome.Granted),
            "broken" => () => _bench.Trail.Happened(AuditAction.TrailBroken, AuditOutcome.Failed, "Line 5 is missing."),
            "dropped" => () => _bench.Trail.Happened(AuditAction.MessagesDropped, AuditOutcome.Failed, "7 messages"),
            "used" => () => _bench.Trail.Happened(AuditAction.TrailUsed, AuditOutcome.Granted, "verified"),
            _ => () => _bench.Trail.Withdrawn(TrailBench.Alice, "0123456789abcdef", 12, "keys destroyed"),
        };
        happens();

        var message = Last();
        message.Code("EventID").Should().Be(id);
        message.Code("EventTypeCode").Should().Be(type);
        message.Element("EventIdentification")!.Attribute("EventOutcomeIndicator")!.Value.Should().Be(outcome);
        message.Elements("ActiveParticipant").Count(p => p.Attribute("UserIsRequestor")!.Value == "true").Should().BeLessThanOrEqualTo(1);
        message.Element("AuditSourceIdentification")!.Attribute("AuditSourceID")!.Value.Should().Be("mdm.hospital.example");
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("ReadAhead")]
    [InlineData("List")]
    [InlineData("MakeDirectory")]
    [InlineData("Move")]
    [InlineData("Remove")]
    public void What_discloses_nothing_by_itself_is_in_the_trail_only(string action)
    {
        _bench.Trail.Granted(TrailBench.Alice, Enum.Parse<AuditAction>(action), TrailBench.Entry("/grid/a"));
        AuditMessage.Of(Record(), Source).Should().BeNull();
    }

    [Theory]
    [InlineData("<&\"'>]]>")]
    [InlineData("\u0000\u0001\u001b\u007f\u0085\u2028\ufffe\uffff")]
    [InlineData("\ud800 lone \udfff")]
    [InlineData("Γιάννης 山田太郎 😀")]
    [InlineData("tab\tand\nlines\r\n")]
    public void Any_name_gives_a_valid_message(string text)
    {
        var record = new AuditRecord
        {
            Action = AuditAction.Transfer,
            Outcome = AuditOutcome.Begun,
            Subject = $"/CN={text}",
            Fqans = [text],
            From = text,
            File = text,
            Publication = text,
            Content = text,
            Delivery = text,
            Detail = text,
        };
        var message = AuditSchema.Valid(AuditMessage.Of(record, Source)!);
        message.Descendants("ActiveParticipant").First().Attribute("UserID")!.Value.Should().StartWith("/CN=");
    }

    [Fact]
    public void Long_texts_are_cut_so_that_every_receiver_takes_the_message()
    {
        var text = new string('山', 100_000);
        var record = new AuditRecord { Action = AuditAction.Read, Outcome = AuditOutcome.Refused, Subject = text, Fqans = [.. Enumerable.Repeat(text, 200)], Detail = text, Publication = text, Typed = text };
        var message = AuditMessage.Of(record, Source)!;
        AuditSchema.Valid(message);
        message.Length.Should().BeLessThan(32_768);
    }

    [Fact]
    public void Syslog_puts_the_standard_s_header_before_it()
    {
        var bytes = SyslogFormat.Message(new DateTimeOffset(2026, 11, 25, 1, 2, 3, 45, TimeSpan.FromHours(1)), Source, "<AuditMessage/>"u8);
        Encoding.UTF8.GetString(bytes).Should().Be("<85>1 2026-11-25T00:02:03.045Z mdm.hospital.example mdm-host 4711 DICOM+RFC3881 - \ufeff<AuditMessage/>");
        var framed = new MemoryStream();
        SyslogFormat.Frame(framed, bytes);
        Encoding.UTF8.GetString(framed.ToArray()).Should().StartWith($"{bytes.Length} <85>1 ");
    }

    private AuditRecord Record() => AuditRecord.TryRead(Encoding.UTF8.GetBytes(_bench.Last))!;

    private XElement Last() => AuditSchema.Valid(AuditMessage.Of(Record(), Source)!);

    private static IEnumerable<string> Roles(XElement message) =>
        message.Elements("ActiveParticipant").Select(p => p.Elements("RoleIDCode").First().Attribute("csd-code")!.Value);

    private static XElement Participant(XElement message, string role) =>
        message.Elements("ActiveParticipant").Single(p => p.Elements("RoleIDCode").Any(r => r.Attribute("csd-code")!.Value == role));
}
