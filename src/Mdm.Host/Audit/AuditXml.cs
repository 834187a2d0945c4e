using System.Globalization;
using System.Text;
using System.Xml;

namespace Mdm.Host.Audit;

/// <summary>Writes the elements of an audit message in the order of the schema (PS3.15 A.5.1), well-formed whatever the texts are.</summary>
internal sealed class AuditXml : IDisposable
{
    /// <summary>Longest text of an attribute or element, in characters; longer ones are cut. With it a whole message stays below the 32 KiB that every receiver takes (PS3.15 A.6).</summary>
    public const int MaxText = 256;

    private readonly MemoryStream _bytes = new(2048);
    private readonly XmlWriter _xml;

    public AuditXml()
    {
        _xml = XmlWriter.Create(_bytes, new XmlWriterSettings { Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) });
        _xml.WriteStartElement("AuditMessage");
    }

    public void Event(AuditCode id, AuditCode? type, char action, DateTimeOffset at, int outcome, string? description)
    {
        _xml.WriteStartElement("EventIdentification");
        _xml.WriteAttributeString("EventActionCode", action.ToString());
        _xml.WriteAttributeString("EventDateTime", at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        _xml.WriteAttributeString("EventOutcomeIndicator", outcome.ToString(CultureInfo.InvariantCulture));
        Code("EventID", id);
        if (type is not null)
            Code("EventTypeCode", type);
        if (description is not null)
            _xml.WriteElementString("EventOutcomeDescription", Clean(description));
        _xml.WriteEndElement();
    }

    /// <param name="id">UserID; an empty one becomes <c>unknown</c>.</param>
    /// <param name="name">UserName, if there is one.</param>
    /// <param name="isRequestor">True for one participant of a message at most.</param>
    /// <param name="address">An IP address, if known.</param>
    /// <param name="roles">What the participant is here.</param>
    public void Participant(string? id, string? name, bool isRequestor, string? address, params IEnumerable<AuditCode> roles)
    {
        _xml.WriteStartElement("ActiveParticipant");
        _xml.WriteAttributeString("UserID", string.IsNullOrEmpty(id) ? "unknown" : Clean(id));
        if (name is not null)
            _xml.WriteAttributeString("UserName", Clean(name));
        _xml.WriteAttributeString("UserIsRequestor", isRequestor ? "true" : "false");
        if (address is not null)
        {
            _xml.WriteAttributeString("NetworkAccessPointID", Clean(address));
            // 2: IP address.
            _xml.WriteAttributeString("NetworkAccessPointTypeCode", "2");
        }
        foreach (var role in roles)
            Code("RoleIDCode", role);
        _xml.WriteEndElement();
    }

    public void Source(string id, string? site)
    {
        _xml.WriteStartElement("AuditSourceIdentification");
        if (site is not null)
            _xml.WriteAttributeString("AuditEnterpriseSiteID", Clean(site));
        _xml.WriteAttributeString("AuditSourceID", Clean(id));
        _xml.WriteStartElement("AuditSourceTypeCode");
        // 4: application server process.
        _xml.WriteAttributeString("csd-code", "4");
        _xml.WriteEndElement();
        _xml.WriteEndElement();
    }

    /// <param name="part">What the object is.</param>
    /// <param name="idType">What its id is.</param>
    /// <param name="id">Its id.</param>
    /// <param name="name">Its name; the schema wants this or a query.</param>
    /// <param name="query">The query, where the object is one.</param>
    /// <param name="details">Further texts, by name.</param>
    /// <param name="description">How the data are, where the object stands for data.</param>
    public void Object(ObjectPart part, AuditCode idType, string id, string? name, byte[]? query = null, IEnumerable<(string Type, string? Value)>? details = null, ObjectDescription? description = null)
    {
        _xml.WriteStartElement("ParticipantObjectIdentification");
        _xml.WriteAttributeString("ParticipantObjectID", Clean(id));
        _xml.WriteAttributeString("ParticipantObjectTypeCode", part == ObjectPart.Patient ? "1" : "2");
        _xml.WriteAttributeString("ParticipantObjectTypeCodeRole", ((int)part).ToString(CultureInfo.InvariantCulture));
        Code("ParticipantObjectIDTypeCode", idType);
        if (query is null)
            _xml.WriteElementString("ParticipantObjectName", Clean(name ?? string.Empty));
        else
            _xml.WriteElementString("ParticipantObjectQuery", Convert.ToBase64String(query));
        foreach (var (type, value) in details ?? [])
        {
            if (value is null)
                continue;
            _xml.WriteStartElement("ParticipantObjectDetail");
            _xml.WriteAttributeString("type", type);
            _xml.WriteAttributeString("value", Convert.ToBase64String(Encoding.UTF8.GetBytes(Clean(value))));
            _xml.WriteEndElement();
        }
        if (description is not null)
            Describe(description);
        _xml.WriteEndElement();
    }

    /// <summary>The whole message in UTF-8, with its XML declaration.</summary>
    public byte[] End()
    {
        _xml.WriteEndElement();
        _xml.Flush();
        return _bytes.ToArray();
    }

    public void Dispose()
    {
        _xml.Dispose();
        _bytes.Dispose();
    }

    /// <summary>What XML 1.0 cannot hold, and what would break a line, becomes U+FFFD; long texts are cut.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, MaxText));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > MaxText)
                return clean.Append('…').ToString();
            var isFit = rune.Value >= 0x20 && rune.Value is not (>= 0x7F and <= 0x9F) and not (0x2028 or 0x2029 or 0xFFFE or 0xFFFF);
            clean.Append(isFit ? rune.ToString() : "\uFFFD");
        }
        return clean.ToString();
    }

    private void Describe(ObjectDescription description)
    {
        _xml.WriteStartElement("ParticipantObjectDescription");
        if (description.Instances is { } instances)
        {
            _xml.WriteStartElement("SOPClass");
            _xml.WriteAttributeString("NumberOfInstances", instances.ToString(CultureInfo.InvariantCulture));
            _xml.WriteEndElement();
        }
        if (description.IsEncrypted is { } encrypted)
            _xml.WriteElementString("Encrypted", encrypted ? "true" : "false");
        if (description.IsAnonymized is { } anonymized)
            _xml.WriteElementString("Anonymized", anonymized ? "true" : "false");
        _xml.WriteEndElement();
    }

    private void Code(string element, AuditCode code)
    {
        _xml.WriteStartElement(element);
        _xml.WriteAttributeString("csd-code", Clean(code.Code));
        _xml.WriteAttributeString("codeSystemName", code.System);
        _xml.WriteAttributeString("originalText", Clean(code.Text));
        _xml.WriteEndElement();
    }
}

/// <summary>What an object of a message is: the values of ParticipantObjectTypeCodeRole that are used.</summary>
internal enum ObjectPart
{
    Patient = 1,
    Report = 3,
    SecurityResource = 13,
    Query = 24,
}

/// <summary>How an object's data are.</summary>
internal sealed record ObjectDescription(int? Instances = null, bool? IsEncrypted = null, bool? IsAnonymized = null);
