namespace Mdm.Host.Srm;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Operation} failed for a reason of our own.")]
    public static partial void Failed(ILogger log, string operation, Exception error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A call was not SRM over SOAP: {Error}.")]
    public static partial void NotSoap(ILogger log, string error);
}
